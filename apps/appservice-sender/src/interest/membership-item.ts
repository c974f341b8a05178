import { isJsonObject, parseJson } from '@plexus/matrix-base';
import type { JsonValue } from '@plexus/matrix-base';
import { findRoomVersion, parseRoomEvent, toClientEvent } from '@plexus/room-dag';
import type { LoggedRow, MemberChange } from '@plexus/room-log';

/**
 * A membership that came without its room, as an application service is sent it: with the stripped state that came along
 * (https://spec.matrix.org/v1.19/client-server-api/#stripped-state).
 */
export function membershipItem({ roomVersion }: LoggedRow, { event, strippedState }: MemberChange): string | undefined {
  const rules = findRoomVersion(roomVersion);
  if (event === undefined || rules === undefined) return undefined;
  const read = parseRoomEvent(event.json, event.eventId, rules);
  const membership = isJsonObject(read.content) ? read.content['membership'] : undefined;
  const stripped = strippedState === undefined ? undefined : parseList(strippedState);
  const name = membership === 'knock' ? 'knock_room_state' : 'invite_room_state';
  return JSON.stringify(toClientEvent(read, stripped === undefined ? {} : { [name]: stripped }));
}

function parseList(bytes: Buffer): JsonValue[] | undefined {
  const parsed = parseJson(bytes);
  return parsed.outcome === 'ok' && Array.isArray(parsed.value) ? parsed.value : undefined;
}
