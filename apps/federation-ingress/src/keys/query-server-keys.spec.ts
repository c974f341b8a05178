import { SigningKey } from '@plexus/matrix-base';
import type { ServerKeyDocument } from '@plexus/storage';
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

const DAY = 86_400_000;
const FAR = 'far.example';

/** A notary that has what a server said at the beginning, good for a day; what it says when it is asked again is good for so long. */
function notary(answersUntil: number | undefined) {
  const clock = { time: 0, now: () => clock.time };
  const asked: { readonly keyIds: readonly string[]; readonly validAt: number | undefined }[] = [];
  const document = (validUntil: number): ServerKeyDocument => ({
    serverName: FAR,
    json: JSON.stringify({ server_name: FAR, verify_keys: { 'ed25519:a': {} }, valid_until_ts: validUntil }),
    validUntil,
    fetchedAt: clock.now(),
  });
  let stored = document(DAY);
  const query = new QueryServerKeys({
    own: { execute: () => undefined },
    policy: { allows: (_, serverName) => serverName !== 'denied.example' },
    stored: { findDocument: async () => stored },
    signers: { findSigningKey: () => new SigningKey('ed25519:n', Buffer.alloc(32, 1)) },
    fetcher: {
      fetchKeys: async (_serverName, keyIds, { validAt }) => {
        asked.push({ keyIds, validAt });
        if (answersUntil !== undefined) stored = document(answersUntil);
        return [];
      },
    },
    clock,
  });
  const validUntil = async (wanted: Omit<AskedServer, 'serverName'>, serverName = FAR) => {
    const [found] = await query.execute('here.example', [{ serverName, ...wanted }]);
    return found?.['valid_until_ts'];
  };
  return { validUntil, asked, clock };
}

it('hands on what it has as long as it is good for the asked moment, and half of its time is not over', async () => {
  const { validUntil, asked, clock } = notary(3 * DAY);
  expect(await validUntil({ keyIds: [] })).toBe(DAY);
  expect(await validUntil({ keyIds: ['ed25519:a'], minimumValidUntil: DAY })).toBe(DAY);
  expect(asked).toEqual([]);
  clock.time = DAY / 2 + 1;
  expect(await validUntil({ keyIds: [] })).toBe(3 * DAY);
  expect(asked).toHaveLength(1);
});

it('asks again for keys that are to be valid for longer, and hands on what there is where that is all', async () => {
  const { validUntil, asked, clock } = notary(2 * DAY);
  expect(await validUntil({ keyIds: ['ed25519:a'], minimumValidUntil: 2 * DAY })).toBe(2 * DAY);
  expect(asked).toEqual([{ keyIds: ['ed25519:a'], validAt: 2 * DAY }]);
  expect(await validUntil({ keyIds: [], minimumValidUntil: 9 * DAY })).toBe(2 * DAY);
  expect(asked).toHaveLength(2);
  // It is not asked for the same in vain with each query.
  expect(await validUntil({ keyIds: [], minimumValidUntil: 9 * DAY })).toBe(2 * DAY);
  expect(asked).toHaveLength(2);
  clock.time = 60_000;
  await validUntil({ keyIds: [], minimumValidUntil: 9 * DAY });
  expect(asked).toHaveLength(3);
});

it('hands on the keys of a server that is away, though they have expired, and asks for a key that it has not', async () => {
  const { validUntil, asked, clock } = notary(undefined);
  expect(await validUntil({ keyIds: ['ed25519:b'] })).toBe(DAY);
  expect(asked).toHaveLength(1);
  clock.time = 30 * DAY;
  expect(await validUntil({ keyIds: ['ed25519:a'] })).toBe(DAY);
  expect(asked).toHaveLength(2);
});

it('has nothing of servers that it has nothing to do with, nor of names that are none', async () => {
  const { validUntil, asked } = notary(DAY);
  for (const name of ['denied.example', 'far.example/', 'far example', '[::1', 'far.example:99999'])
    expect(await validUntil({ keyIds: [] }, name)).toBeUndefined();
  expect(asked).toEqual([]);
});
