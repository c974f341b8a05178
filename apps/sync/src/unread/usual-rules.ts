import { evaluatePushRules, findRoomVersion, parseRoomEvent, PushEventView } from '@plexus/room-dag';
import type { CompiledPushRules, PushContext } from '@plexus/room-dag';

/** What a user's own rules are compared with: what the predefined rules say, or only their highlights. */
export type UsualRules = 'default' | 'highlights';

const SENDER = '@nobody:nowhere.invalid';

/** Decides what is nearer to a user's rules in a room: so that few events are otherwise. Plain messages tell. */
export function usualRulesOf(
  rules: CompiledPushRules,
  roomId: string,
  contextOf: (sender: string) => PushContext,
): UsualRules {
  const views = [plainEvent(roomId, 'm.room.message'), plainEvent(roomId, 'm.room.encrypted')];
  const notifies = views.some((view) => evaluatePushRules(rules, view, contextOf(SENDER))?.notifies === true);
  return notifies ? 'default' : 'highlights';
}

function plainEvent(roomId: string, type: string): PushEventView {
  const version = findRoomVersion('11');
  if (version === undefined) throw new RangeError('room version 11 is not known');
  const pdu = {
    auth_events: [],
    content: { msgtype: 'm.text', body: '' },
    depth: 1,
    hashes: {},
    origin_server_ts: 0,
    prev_events: [],
    room_id: roomId,
    sender: SENDER,
    signatures: {},
    type,
  };
  return new PushEventView(parseRoomEvent(Buffer.from(JSON.stringify(pdu)), `$${'0'.repeat(43)}`, version));
}
