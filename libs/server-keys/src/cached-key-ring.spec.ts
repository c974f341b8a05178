import type { KeyQuery, VerifyKey } from '@plexus/remote-servers';
import type { HostedServerKey, StoredServerKey } from '@plexus/storage';
import { FakeCache } from '@plexus/testing';
import { describe, expect, it } from 'vitest';
import { CachedKeyRing } from './cached-key-ring.ts';
import { serverKeyCacheKey } from './server-key-cache.ts';

const NOW = 1_700_000_000_000;
const KEY = 'ed25519:a';
const NAME = 'far.example';
const MINUTE = 60_000;

function keyOf(change: Partial<VerifyKey> = {}): StoredServerKey {
  return { serverName: NAME, keyId: KEY, publicKey: 'A', validUntil: NOW + 60 * MINUTE, ...change };
}

function build({ stored = [], fetched = [] }: { stored?: StoredServerKey[]; fetched?: VerifyKey[][] } = {}) {
  const clock = { time: NOW, now: () => clock.time, delay: async () => {} };
  const asked = { stored: 0, fetched: [] as string[][] };
  const rows = new Map(stored.map((key) => [key.keyId, key]));
  const own: HostedServerKey[] = [
    { keyId: 'ed25519:next', publicKey: 'N' },
    { keyId: 'ed25519:now', publicKey: 'B', activeSince: 5 },
    { keyId: 'ed25519:old', publicKey: 'O', activeSince: 1, retiredAt: NOW - 10 },
  ];
  const cache = new FakeCache<StoredServerKey>();
  /** As whoever fetches keys does, and others hear of it. */
  const store = async (key: VerifyKey): Promise<void> => {
    await cache.change([serverKeyCacheKey(NAME, key.keyId)], async () =>
      rows.set(key.keyId, { serverName: NAME, ...key }),
    );
  };
  const ring = new CachedKeyRing({
    cache,
    stored: {
      findKeys: async (_, keyIds) => {
        asked.stored += 1;
        return new Map([...rows].filter(([keyId]) => keyIds.includes(keyId)));
      },
    },
    fetcher: {
      fetchKeys: async (_, keyIds) => {
        asked.fetched.push([...keyIds]);
        const keys = fetched.shift() ?? [];
        for (const key of keys) await store(key);
        return keys;
      },
    },
    hosted: { listKeys: (serverName) => (serverName === 'one.example' ? own : undefined) },
    clock,
  });
  const find = async (keyIds: string[], query: KeyQuery = { validAt: NOW }, serverName = NAME) => [
    ...(await ring.findKeys(serverName, keyIds, query)).keys(),
  ];
  return { find, store, asked, clock };
}

describe('CachedKeyRing', () => {
  it('remembers what was stored, and asks the network for nothing then', async () => {
    const { find, asked } = build({ stored: [keyOf()] });
    expect(await find([KEY])).toEqual([KEY]);
    expect(await find([KEY])).toEqual([KEY]);
    expect(asked).toEqual({ stored: 1, fetched: [] });
  });

  it('fetches what is not stored, and what is not valid any more', async () => {
    const { find, asked } = build({ stored: [keyOf({ validUntil: NOW - 1 })], fetched: [[keyOf()]] });
    expect(await find([KEY])).toEqual([KEY]);
    expect(await find([KEY])).toEqual([KEY]);
    expect(asked.fetched).toEqual([[KEY]]);
  });

  it('gives an expired key for what was signed before, and asks nobody whether it came back', async () => {
    const { find, asked } = build({ stored: [keyOf({ expiredAt: NOW - 5 })] });
    expect(await find([KEY], { validAt: NOW - 6 })).toEqual([KEY]);
    expect(await find([KEY], { validAt: NOW - 5 })).toEqual([]);
    expect(await find([KEY], {})).toEqual([KEY]);
    expect(asked.fetched).toEqual([]);
  });

  it('takes any key that ever was where the moment does not count', async () => {
    const { find, asked } = build({ stored: [keyOf({ validUntil: 1 })] });
    expect(await find([KEY], {})).toEqual([KEY]);
    expect(asked.fetched).toEqual([]);
  });

  it('asks nobody again for a minute for a key that nobody has', async () => {
    const { find, asked, clock } = build({ fetched: [[], [keyOf()]] });
    expect(await find([KEY])).toEqual([]);
    expect(await find([KEY])).toEqual([]);
    expect(asked.fetched).toHaveLength(1);
    clock.time += MINUTE;
    expect(await find([KEY])).toEqual([KEY]);
  });

  it('fetches once for many who ask at the same time', async () => {
    const { find, asked } = build({ fetched: [[keyOf()]] });
    expect(await Promise.all([find([KEY]), find([KEY]), find([KEY])])).toEqual([[KEY], [KEY], [KEY]]);
    expect(asked.fetched).toEqual([[KEY]]);
  });

  it('goes by what the server has said since, as soon as the cache does', async () => {
    const { find, store, asked } = build({ stored: [keyOf()] });
    expect(await find([KEY])).toEqual([KEY]);
    await store(keyOf({ expiredAt: NOW - 5 }));
    expect(await find([KEY])).toEqual([]);
    expect(asked).toEqual({ stored: 2, fetched: [] });
  });

  it('knows the keys of hosted servers without asking anybody', async () => {
    const { find, asked } = build();
    const all = ['ed25519:next', 'ed25519:now', 'ed25519:old', 'ed25519:never'];
    expect(await find(all, { validAt: NOW }, 'one.example')).toEqual(['ed25519:next', 'ed25519:now']);
    expect(await find(all, { validAt: NOW - 11 }, 'one.example')).toEqual(all.slice(0, 3));
    expect(asked).toEqual({ stored: 0, fetched: [] });
  });

  it('asks nobody about what is no server name or no key id', async () => {
    const { find, asked } = build();
    expect(await find([KEY], {}, 'far.example/..')).toEqual([]);
    expect(await find(['rsa:1', 'ed25519:', 'ed25519:\u0000', `ed25519:${'x'.repeat(300)}`])).toEqual([]);
    expect(asked).toEqual({ stored: 0, fetched: [] });
  });
});
