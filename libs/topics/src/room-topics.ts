import type { BinaryWriter } from '@bufbuild/protobuf/wire';
import { FederationPduRecord } from './generated/plexus/topics/v1/federation_pdus.ts';
import { RoomEphemeralRecord } from './generated/plexus/topics/v1/room_ephemeral.ts';
import { RoomLogRecord } from './generated/plexus/topics/v1/room_events.ts';
import type { RecordCodec, TopicDefinition } from './topic-definition.ts';

/** The room log: partition = room shard, key = room id, in the order of positions. Postgres has it all. */
export const ROOM_EVENTS: TopicDefinition<RoomLogRecord> = {
  name: 'room.events',
  codec: codecOf(RoomLogRecord),
  ifLost: 'refilled',
};

/** PDUs that passed the checks of form and signature: partition = room shard, key = room id. */
export const FEDERATION_PDUS: TopicDefinition<FederationPduRecord> = {
  name: 'federation.pdus',
  codec: codecOf(FederationPduRecord),
  ifLost: 'never',
};

/** What happens in rooms and is not stored: partition = room shard, key = room id. */
export const ROOM_EPHEMERAL: TopicDefinition<RoomEphemeralRecord> = {
  name: 'room.ephemeral',
  codec: codecOf(RoomEphemeralRecord),
  ifLost: 'tolerable',
};

interface Message<T> {
  encode(message: T, writer?: BinaryWriter): BinaryWriter;
  decode(bytes: Uint8Array): T;
}

function codecOf<T>(message: Message<T>): RecordCodec<T> {
  return { encode: (value) => message.encode(value).finish(), decode: (bytes) => message.decode(bytes) };
}
