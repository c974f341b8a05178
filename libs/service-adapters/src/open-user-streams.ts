import type { Shell } from '@plexus/service-shell';
import { PostgresUserStreams } from '@plexus/storage-postgres';
import type { PostgresDatabase } from '@plexus/storage-postgres';
import { USER_EVENTS, USER_PARTITIONS } from '@plexus/topics';
import type { Topics } from '@plexus/topics';
import { AnnouncedUserStreams } from '@plexus/user-streams';

const RETRY_MS = 2000;
const LOGGED_EVERY_MS = 10_000;

/** The streams of users, announced on `user.events`, which is made whenever the topics can be reached. */
export function openUserStreams(shell: Shell, accounts: PostgresDatabase, topics: Topics): AnnouncedUserStreams {
  const stopping = new AbortController();
  const settingUp = setUpTopic(shell, topics, stopping.signal);
  shell.shutdown.onStop('topics of users', async () => {
    stopping.abort();
    await settingUp;
  });
  return new AnnouncedUserStreams({
    streams: new PostgresUserStreams(accounts),
    producer: topics.producer,
    failed: warnSeldom(shell),
  });
}

/** Nobody waits for it: what is not announced is swept. */
async function setUpTopic({ clock, logger }: Shell, topics: Topics, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await topics.setUp([{ topic: USER_EVENTS, partitions: USER_PARTITIONS }]);
      return;
    } catch (error) {
      logger.warn('The topics of users cannot be set up yet', { err: error });
      await clock.delay(RETRY_MS, signal);
    }
  }
}

function warnSeldom({ clock, logger }: Shell): (error: unknown) => void {
  let last = -Infinity;
  return (error) => {
    if (clock.now() - last < LOGGED_EVERY_MS) return;
    last = clock.now();
    logger.warn('Changes of user streams cannot be announced; they are found later', { err: error });
  };
}
