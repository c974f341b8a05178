import { decodeMembershipWithoutRoom } from '@plexus/storage';
import type { MemberChange } from './logged-row.ts';
import type { WantsMember } from './wants-member.ts';

/** What a membership that came without its room says of its user; its event has no place and no number. */
export function membersWithoutRoom(body: Buffer | undefined, wantsMember: WantsMember): MemberChange[] {
  if (body === undefined || body.length === 0) return [];
  const { userId, eventId, json, strippedState } = decodeMembershipWithoutRoom(body);
  if (!wantsMember(userId)) return [];
  const event = {
    eventNid: NO_NUMBER,
    eventId,
    json,
    topologicalPosition: undefined,
    stateBefore: undefined,
    stateAfter: undefined,
    redactedBy: [],
    unread: undefined,
  };
  return [{ userId, event, strippedState }];
}

const NO_NUMBER = 0;
