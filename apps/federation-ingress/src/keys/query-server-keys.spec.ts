import { expect, it } from 'vitest';
import { QueryServerKeys } from './query-server-keys.ts';
import type { AskedServer } from './query-server-keys.ts';

it('asks so many servers at once, whoever queries', async () => {
  const gate = Promise.withResolvers<void>();
  const asked: string[] = [];
  const query = new QueryServerKeys({
    own: { execute: () => undefined },
    policy: { allows: () => true },
    stored: { findDocument: async () => undefined },
    signers: { findSigningKey: () => undefined },
    fetcher: {
      fetchKeys: async (serverName: string) => {
        asked.push(serverName);
        await gate.promise;
        return [];
      },
    },
    clock: { now: () => 0 },
  });
  const first = Array.from({ length: 5 }, (_, index) => query.execute('here.example', servers(index * 10)));
  await expect.poll(() => asked.length).toBe(50);
  expect(await query.execute('here.example', servers(50))).toEqual([]);
  expect(asked).toHaveLength(50);
  gate.resolve();
  await Promise.all(first);
  await query.execute('here.example', servers(50));
  expect(asked).toHaveLength(60);
});

function servers(from: number): AskedServer[] {
  return Array.from({ length: 10 }, (_, index) => ({ serverName: `s${from + index}.example`, keyIds: [] }));
}
