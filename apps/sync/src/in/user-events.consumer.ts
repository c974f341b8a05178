import { USER_EVENTS } from '@plexus/topics';
import type { BroadcastReader, RecordBatch, Topics, UserStreamRecord } from '@plexus/topics';
import type { UserStreamFollower } from '@plexus/user-streams';
import type { DeviceListFollower } from '../device-lists/device-list-follower.ts';

export interface UserEventListeners {
  readonly streams: Pick<UserStreamFollower, 'receive'>;
  readonly deviceLists: Pick<DeviceListFollower, 'hint'>;
  /** The deployment's, as far as this process knows. */
  readonly generation: () => number;
  readonly failed: (error: unknown) => void;
}

/**
 * Hands the hints of `user.events` to the followers, which find by themselves what is lost. Positions of another generation mean nothing: they may be of
 * commits that a failover lost.
 */
export function consumeUserEvents(
  topics: Topics,
  { streams, deviceLists, generation, failed }: UserEventListeners,
): BroadcastReader {
  return topics.readAll({
    topic: USER_EVENTS,
    handler: {
      handle: ({ records }: RecordBatch<UserStreamRecord>) => {
        for (const { value } of records) {
          if (value.deviceListChanged) deviceLists.hint();
          else if (isOf(generation(), value)) streams.receive(value);
        }
      },
      setAside: ({ error }) => failed(error),
      reset: () => {},
      failed,
    },
    connectionChanged: () => {},
  });
}

/** A release from before does not say of which generation it is. */
function isOf(generation: number, record: UserStreamRecord): boolean {
  return record.generation === generation || record.generation === 0;
}
