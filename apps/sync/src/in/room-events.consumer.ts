import type { RoomLogFollower } from '@plexus/room-log';
import { ROOM_EVENTS } from '@plexus/topics';
import type { BroadcastReader, RecordBatch, RoomLogRecord, Topics } from '@plexus/topics';
import type { Failpoints } from '../failpoints.ts';

/** Hands the records of `room.events` to the follower, which repairs whatever is wrong with them. */
export function consumeRoomEvents(
  topics: Topics,
  follower: RoomLogFollower,
  { failed, failpoints }: { readonly failed: (error: unknown) => void; readonly failpoints?: Failpoints | undefined },
): BroadcastReader {
  return topics.readAll({
    topic: ROOM_EVENTS,
    handler: {
      handle: ({ records }: RecordBatch<RoomLogRecord>) => {
        for (const { value } of records) follower.receive(value);
        return failpoints?.reach('sync.records-taken');
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
