import type { Shell } from '@plexus/service-shell';
import type { PostgresDatabase } from '@plexus/storage-postgres';
import type { Topics } from '@plexus/topics';
import { PostgresTopics } from '@plexus/topics-postgres';

/** The topics of this deployment; they end with the shell. */
export function openTopics({ clock, shutdown }: Shell, rooms: PostgresDatabase): Topics {
  const topics = new PostgresTopics({ database: rooms, clock });
  shutdown.onStop('topics', () => topics.close());
  return topics;
}
