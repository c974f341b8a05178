import { USER_EVENTS } from '@plexus/topics';
import type { BroadcastReader, RecordBatch, Topics, UserStreamRecord } from '@plexus/topics';
import type { UserStreamFollower } from '@plexus/user-streams';
import type { DeviceListFollower } from '../device-lists/device-list-follower.ts';

export interface UserEventListeners {
  readonly streams: Pick<UserStreamFollower, 'receive'>;
  readonly deviceLists: Pick<DeviceListFollower, 'hint'>;
  readonly failed: (error: unknown) => void;
}

/** Hands the hints of `user.events` to the followers, which find by themselves what is lost. */
export function consumeUserEvents(
  topics: Topics,
  { streams, deviceLists, failed }: UserEventListeners,
): BroadcastReader {
  return topics.readAll({
    topic: USER_EVENTS,
    handler: {
      handle: ({ records }: RecordBatch<UserStreamRecord>) => {
        for (const { value } of records) {
          if (value.deviceListChanged) deviceLists.hint();
          else streams.receive(value);
        }
      },
      setAside: ({ error }) => failed(error),
      reset: () => {},
      failed,
    },
    connectionChanged: () => {},
  });
}
