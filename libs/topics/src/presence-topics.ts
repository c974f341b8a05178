import { PresenceRecord } from './generated/plexus/topics/v1/presence_events.ts';
import type { TopicDefinition } from './topic-definition.ts';

/** How users are: key = user id, partition by its hash. */
export const PRESENCE_EVENTS: TopicDefinition<PresenceRecord> = {
  name: 'presence.events',
  codec: { encode: (value) => PresenceRecord.encode(value).finish(), decode: (bytes) => PresenceRecord.decode(bytes) },
  ifLost: 'tolerable',
};
