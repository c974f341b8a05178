import type { JsonObject } from '@plexus/matrix-base';
import type { RoomEventFilter } from './filter.ts';

/** What a filter looks at in an event. */
export interface FilteredEvent {
  readonly type: string;
  readonly sender: string;
  readonly content: JsonObject;
}

/**
 * Whether an event passes `types`, `not_types`, `senders`, `not_senders` and `contains_url` of a filter
 * (https://spec.matrix.org/v1.19/client-server-api/#filtering). What is excluded stays out even where it is included as well.
 */
export function matchesEventFilter(event: FilteredEvent, filter: RoomEventFilter): boolean {
  if (filter.not_senders?.includes(event.sender) === true) return false;
  if (filter.senders !== undefined && !filter.senders.includes(event.sender)) return false;
  if (filter.not_types?.some((pattern) => matchesType(event.type, pattern)) === true) return false;
  if (filter.types !== undefined && !filter.types.some((pattern) => matchesType(event.type, pattern))) return false;
  return filter.contains_url === undefined || filter.contains_url === (typeof event.content['url'] === 'string');
}

/** Whether events of a room pass `rooms` and `not_rooms`. */
export function matchesRoom(roomId: string, filter: Pick<RoomEventFilter, 'rooms' | 'not_rooms'>): boolean {
  if (filter.not_rooms?.includes(roomId) === true) return false;
  return filter.rooms === undefined || filter.rooms.includes(roomId);
}

/** `*` stands for any sequence of characters. Linear in the text for each `*`, so that no pattern can be slow. */
function matchesType(type: string, pattern: string): boolean {
  const parts = pattern.split('*');
  const first = parts[0] ?? '';
  if (parts.length === 1) return type === pattern;
  const last = parts.at(-1) ?? '';
  if (!type.startsWith(first) || !type.endsWith(last) || type.length < first.length + last.length) return false;
  let position = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = type.indexOf(part, position);
    if (found === -1) return false;
    position = found + part.length;
  }
  return position <= type.length - last.length;
}
