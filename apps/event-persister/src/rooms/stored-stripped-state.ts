import { findServerName, isJsonObject, parseJson } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';

/** The servers of who sent the state that came with an invite or a knock. */
export function sendersIn(strippedState: Buffer | undefined): ReadonlySet<string> {
  const senders = read(strippedState).map(({ sender }) => sender);
  const names = senders.map((sender) => (typeof sender === 'string' ? findServerName(sender) : undefined));
  return new Set(names.filter((name) => name !== undefined));
}

/** Nothing where it does not tell how the room was created. A room whose creation names no version is of the first. */
export function roomVersionIn(strippedState: Buffer | undefined): string | undefined {
  const create = read(strippedState).find(({ type }) => type === 'm.room.create');
  if (create === undefined || !isJsonObject(create['content'])) return undefined;
  const { room_version: version = '1' } = create['content'];
  return typeof version === 'string' ? version : undefined;
}

function read(strippedState: Buffer | undefined): JsonObject[] {
  if (strippedState === undefined) return [];
  const parsed = parseJson(strippedState);
  return parsed.outcome === 'ok' && Array.isArray(parsed.value) ? parsed.value.filter(isJsonObject) : [];
}
