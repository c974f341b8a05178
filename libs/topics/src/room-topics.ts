import { FederationPduRecord } from './generated/plexus/topics/v1/federation_pdus.ts';
import { RoomEphemeralRecord } from './generated/plexus/topics/v1/room_ephemeral.ts';
import { RoomGapRecord } from './generated/plexus/topics/v1/room_gaps.ts';
import { RoomLogRecord } from './generated/plexus/topics/v1/room_events.ts';
import { codecOf } from './record-codec.ts';
import type { TopicDefinition } from './topic-definition.ts';

/** The room log: partition = room shard, key = room id, in the order of positions. Postgres has it all. */
export const ROOM_EVENTS: TopicDefinition<RoomLogRecord> = {
  name: 'room.events',
  codec: codecOf(RoomLogRecord, { sizeOf: sizeOfLogRecord }),
  ifLost: 'refilled',
};

/** Of all but the texts and keys of any length. */
const LOG_RECORD_BYTES = 300;
const CHANGED_KEY_BYTES = 100;

function sizeOfLogRecord({ event, body, changedState }: RoomLogRecord): number {
  return LOG_RECORD_BYTES + (event?.json.length ?? 0) + body.length + changedState.length * CHANGED_KEY_BYTES;
}

/** PDUs that passed the checks of form and signature: partition = room shard, key = room id. */
export const FEDERATION_PDUS: TopicDefinition<FederationPduRecord> = {
  name: 'federation.pdus',
  codec: codecOf(FederationPduRecord),
  ifLost: 'never',
};

/** PDUs that wait for events which are not here: partition = room shard, key = room id. Sent again from the rows that keep them. */
export const ROOM_GAPS: TopicDefinition<RoomGapRecord> = {
  name: 'room.gaps',
  codec: codecOf(RoomGapRecord),
  ifLost: 'tolerable',
};

/** What happens in rooms and is not stored: partition = room shard, key = room id. */
export const ROOM_EPHEMERAL: TopicDefinition<RoomEphemeralRecord> = {
  name: 'room.ephemeral',
  codec: codecOf(RoomEphemeralRecord),
  ifLost: 'tolerable',
};
