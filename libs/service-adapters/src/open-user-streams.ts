import type { Shell } from '@plexus/service-shell';
import { PostgresUserStreams } from '@plexus/storage-postgres';
import { USER_EVENTS, USER_PARTITIONS } from '@plexus/topics';
import type { Topics } from '@plexus/topics';
import { AnnouncedUserStreams } from '@plexus/user-streams';
import type { Databases } from './open-databases.ts';
import { setUpTopics } from './set-up-topics.ts';

const LOGGED_EVERY_MS = 10_000;

/** The streams of users, announced on `user.events`, which is made whenever the topics can be reached. */
export function openUserStreams(
  shell: Shell,
  { accounts, gate }: Pick<Databases, 'accounts' | 'gate'>,
  topics: Topics,
): AnnouncedUserStreams {
  const stopping = new AbortController();
  const settingUp = setUpTopics(topics, [{ topic: USER_EVENTS, partitions: USER_PARTITIONS }], {
    clock: shell.clock,
    signal: stopping.signal,
    failed: (error) => shell.logger.warn('The topics of users cannot be set up yet', { err: error }),
  });
  shell.shutdown.onStop('topics of users', async () => {
    stopping.abort();
    await settingUp;
  });
  return new AnnouncedUserStreams({
    streams: new PostgresUserStreams(accounts),
    producer: topics.producer,
    generation: () => gate.current(),
    failed: warnSeldom(shell),
  });
}

function warnSeldom({ clock, logger }: Shell): (error: unknown) => void {
  let last = -Infinity;
  return (error) => {
    if (clock.now() - last < LOGGED_EVERY_MS) return;
    last = clock.now();
    logger.warn('Changes of user streams cannot be announced; they are found later', { err: error });
  };
}
