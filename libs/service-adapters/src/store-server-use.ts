import type { Shell } from '@plexus/service-shell';
import { PostgresServerUse } from '@plexus/storage-postgres';
import type { PostgresDatabase } from '@plexus/storage-postgres';

/** Stores in the background what the process does for each hosted server, and the rest when it stops. */
export function storeServerUse(
  { use, clock, logger, shutdown }: Pick<Shell, 'use' | 'clock' | 'logger' | 'shutdown'>,
  accounts: PostgresDatabase,
): void {
  const stopping = new AbortController();
  const storing = use.storeUntil(stopping.signal, {
    counter: new PostgresServerUse(accounts),
    clock,
    failed: (error) => logger.warn('What is done for hosted servers cannot be stored yet', { err: error }),
  });
  shutdown.onStop('use of hosted servers', async () => {
    stopping.abort();
    await storing;
  });
}
