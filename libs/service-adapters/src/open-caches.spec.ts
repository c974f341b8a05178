import type { RootLogger } from '@plexus/service-shell';
import { createShell, loadConfigText, readEnvironment } from '@plexus/service-shell';
import { PostgresDatabase } from '@plexus/storage-postgres';
import { expect, it } from 'vitest';
import { openCaches } from './open-caches.ts';

const codec = {
  encode: (text: string) => Buffer.from(text),
  decode: (bytes: Uint8Array) => Buffer.from(bytes).toString(),
};

function log(): void {}

/** The caches of a process that has them for itself; nothing is read from the database. */
async function open(dropped: () => number) {
  const logger: RootLogger = {
    level: 'info',
    error: log,
    warn: log,
    info: log,
    debug: log,
    child: () => logger,
    flush: log,
  };
  const shell = createShell({ name: 'plexus', config: loadConfigText('servers: []', readEnvironment({})), logger });
  const accounts = new PostgresDatabase({ url: 'postgres://127.0.0.1:1/nowhere', applicationName: 'plexus test' });
  const { caches } = await openCaches(shell, {
    accounts,
    gate: { current: () => 1 },
    factors: { current: () => ({ revision: 0, globalFactor: undefined, perCacheFactors: {} }), onChange: () => log },
    dropped: { current: dropped },
  });
  const cache = caches.open<string>({ name: 'access_tokens', kind: 'mutable', codec });
  return { cache, close: () => shell.shutdown.begin() };
}

it('forgets what it has when somebody says so', async () => {
  let dropped = 1;
  const { cache, close } = await open(() => dropped);
  expect(await cache.get('key', async () => 'before')).toBe('before');
  dropped += 1;
  await expect.poll(() => cache.get('key', async () => 'after')).toBe('after');
  await close();
});
