import { FEDERATION_OUTBOUND, ROOM_EVENTS } from '@plexus/topics';
import type { TopicDefinition } from '@plexus/topics';
import type { TracedRow } from '@plexus/service-shell';

/** The row of the room log that a record is about; nothing where it is about none. */
export function rowOfRecord<T>(topic: TopicDefinition<T>, value: T): Omit<TracedRow, 'traceparent'> | undefined {
  if (isOf(topic, ROOM_EVENTS, value)) {
    return { shard: value.shard, position: value.position, eventId: value.event?.eventId };
  }
  if (!isOf(topic, FEDERATION_OUTBOUND, value) || value.content?.$case !== 'event') return undefined;
  const { roomShard: shard, position } = value.content.value;
  return { shard, position, eventId: undefined };
}

function isOf<V>(topic: { readonly name: string }, wanted: TopicDefinition<V>, _value: unknown): _value is V {
  return topic.name === wanted.name;
}
