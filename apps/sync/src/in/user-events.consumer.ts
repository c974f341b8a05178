import { USER_EVENTS } from '@plexus/topics';
import type { BroadcastReader, RecordBatch, Topics, UserStreamRecord } from '@plexus/topics';
import type { UserStreamFollower } from '@plexus/user-streams';

/** Hands the hints of `user.events` to the follower, which finds by itself what is lost. */
export function consumeUserEvents(
  topics: Topics,
  follower: Pick<UserStreamFollower, 'receive'>,
  failed: (error: unknown) => void,
): BroadcastReader {
  return topics.readAll({
    topic: USER_EVENTS,
    handler: {
      handle: ({ records }: RecordBatch<UserStreamRecord>) => {
        for (const { value } of records) follower.receive(value);
      },
      setAside: ({ error }) => failed(error),
      reset: () => {},
      failed,
    },
    connectionChanged: () => {},
  });
}
