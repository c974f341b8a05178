import type { UserRoom } from './user-room-reader.ts';

/** A membership that came without its room, as its row of the log has it. */
export interface MembershipWithoutRoom extends Pick<
  UserRoom,
  'roomId' | 'userId' | 'membership' | 'previousMembership' | 'sender' | 'eventId'
> {
  readonly roomVersion: string;
  /** Canonical JSON of the membership event. */
  readonly json: Buffer;
  /** JSON array of stripped state events, on invites and knocks. */
  readonly strippedState: Buffer | undefined;
}

interface Body {
  readonly room_id: string;
  readonly room_version: string;
  readonly user_id: string;
  readonly membership: UserRoom['membership'];
  readonly previous_membership?: string;
  readonly sender: string;
  readonly event_id: string;
  readonly event: string;
  readonly stripped_state?: string;
}

/** The body of a row of the kind `membership-without-room`. */
export function encodeMembershipWithoutRoom(membership: MembershipWithoutRoom): Buffer {
  const body: Body = {
    room_id: membership.roomId,
    room_version: membership.roomVersion,
    user_id: membership.userId,
    membership: membership.membership,
    ...(membership.previousMembership !== undefined && { previous_membership: membership.previousMembership }),
    sender: membership.sender,
    event_id: membership.eventId,
    event: membership.json.toString(),
    ...(membership.strippedState !== undefined && { stripped_state: membership.strippedState.toString() }),
  };
  return Buffer.from(JSON.stringify(body));
}

export function decodeMembershipWithoutRoom(bytes: Buffer): MembershipWithoutRoom {
  const body = JSON.parse(bytes.toString()) as Body;
  return {
    roomId: body.room_id,
    roomVersion: body.room_version,
    userId: body.user_id,
    membership: body.membership,
    previousMembership: body.previous_membership,
    sender: body.sender,
    eventId: body.event_id,
    json: Buffer.from(body.event),
    strippedState: body.stripped_state === undefined ? undefined : Buffer.from(body.stripped_state),
  };
}
