import type { RoomLogFollower } from '@plexus/room-log';
import { ROOM_EVENTS } from '@plexus/topics';
import type { BroadcastReader, RecordBatch, RoomLogRecord, Topics } from '@plexus/topics';

/** Hands the records of `room.events` to the follower, which repairs whatever is wrong with them. */
export function consumeRoomEvents(
  topics: Topics,
  follower: RoomLogFollower,
  failed: (error: unknown) => void,
): BroadcastReader {
  return topics.readAll({
    topic: ROOM_EVENTS,
    handler: {
      handle: ({ records }: RecordBatch<RoomLogRecord>) => {
        for (const { value } of records) follower.receive(value);
      },
      setAside: ({ error }) => failed(error),
      reset: () => follower.readerWasReset(),
      failed,
    },
    connectionChanged: (isConnected) => {
      if (isConnected) follower.readerWasReset();
    },
  });
}
