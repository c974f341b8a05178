import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import { plainTopicsOf } from '@plexus/room-dag';
import type { RoomEvent } from '@plexus/room-dag';
import type { SearchDocument, SearchKey } from '@plexus/storage';

/** What of an event is searched, if anything (https://spec.matrix.org/v1.19/client-server-api/#room_events). */
export function searchDocumentOf(
  event: RoomEvent,
  place: Pick<SearchDocument, 'shard' | 'eventNid' | 'roomNid'>,
): SearchDocument | undefined {
  const found = textOf(event);
  if (found === undefined) return undefined;
  const text = found.text.replaceAll('\0', ' ');
  if (text.trim() === '') return undefined;
  return { ...place, sender: event.sender, key: found.key, originServerTs: event.originServerTs, text };
}

function textOf({ type, stateKey, content }: RoomEvent): { key: SearchKey; text: string } | undefined {
  if (type === 'm.room.message' && stateKey === undefined) return keyed('content.body', content['body']);
  if (stateKey !== '') return undefined;
  if (type === 'm.room.name') return keyed('content.name', content['name']);
  return type === 'm.room.topic' ? { key: 'content.topic', text: topicOf(content) } : undefined;
}

function keyed(key: SearchKey, text: JsonValue | undefined): { key: SearchKey; text: string } | undefined {
  return typeof text === 'string' ? { key, text } : undefined;
}

/** The plain topic, and the plain texts among its representations. */
function topicOf(content: JsonObject): string {
  const { topic } = content;
  return [topic, ...plainTopicsOf(content)].filter((text) => typeof text === 'string').join('\n');
}
