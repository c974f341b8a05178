import { MAX_KEPT_DOCUMENT_BYTES, MAX_KEYS_PER_SERVER } from '@plexus/storage';
import type { StoredServerKey } from '@plexus/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresSenderReplicas } from './postgres-sender-replicas.ts';
import { PostgresServerKeys } from './postgres-server-keys.ts';

const THEN = 1_700_000_000_000;
let test: TestDatabase;

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

describe('PostgresServerKeys', () => {
  it('gives back keys and the document that they came with, word for word', async () => {
    const expired = keyOf('a.example', { keyId: 'ed25519:b', expiredAt: THEN - 5 });
    await store('a.example', '{"b":1, "a":2}', keyOf('a.example'), expired);
    const keys = new PostgresServerKeys(test.database);
    const found = await keys.findKeys('a.example', ['ed25519:a', 'ed25519:b', 'ed25519:c']);
    expect([...found]).toEqual([
      ['ed25519:a', keyOf('a.example')],
      ['ed25519:b', expired],
    ]);
    expect(await keys.findKeys('b.example', ['ed25519:a'])).toEqual(new Map());
    const document = { serverName: 'a.example', json: '{"b":1, "a":2}', validUntil: THEN + 10, fetchedAt: THEN };
    expect(await keys.findDocument('a.example')).toEqual(document);
    expect(await keys.findDocument('b.example')).toBeUndefined();
  });

  it('takes the later word of a server, and keeps what it says no more', async () => {
    await store('late.example', 'first', keyOf('late.example'), keyOf('late.example', { keyId: 'ed25519:gone' }));
    await store(
      'late.example',
      'second',
      keyOf('late.example', { validUntil: THEN + 20, expiredAt: THEN, learnedFrom: 'n.example' }),
    );
    await store('late.example', 'too late', keyOf('late.example', { validUntil: THEN + 19, learnedFrom: 'n.example' }));
    const keys = new PostgresServerKeys(test.database);
    const found = await keys.findKeys('late.example', ['ed25519:a', 'ed25519:gone']);
    expect(found.get('ed25519:a')).toMatchObject({ validUntil: THEN + 20, expiredAt: THEN, learnedFrom: 'n.example' });
    expect(found.get('ed25519:gone')).toMatchObject({ validUntil: THEN + 10 });
    expect((await keys.findDocument('late.example'))?.json).toBe('second');
  });

  it('takes the last word of a server itself though it holds for a shorter time than what it said before', async () => {
    const notary = { learnedFrom: 'n.example' };
    await store('short.example', 'first', keyOf('short.example', { validUntil: THEN + 1_000 }));
    const replaced = keyOf('short.example', { expiredAt: THEN });
    await store('short.example', 'second', replaced, keyOf('short.example', { keyId: 'ed25519:new' }));
    await store('short.example', 'first', keyOf('short.example', { validUntil: THEN + 900, ...notary }));
    const keys = new PostgresServerKeys(test.database);
    const found = await keys.findKeys('short.example', ['ed25519:a', 'ed25519:new']);
    expect(found.get('ed25519:a')).toEqual(replaced);
    expect(found.has('ed25519:new')).toBe(true);
  });

  it('keeps the document of the last word of a server itself', async () => {
    const document = { serverName: 'word.example', json: 'first', validUntil: THEN + 1_000, fetchedAt: THEN };
    const keys = new PostgresServerKeys(test.database);
    const key = keyOf('word.example');
    await keys.storeKeys(document, [key]);
    await keys.storeKeys({ ...document, json: 'second', validUntil: THEN + 10, fetchedAt: THEN + 1 }, [key]);
    await keys.storeKeys({ ...document, json: 'overtaken', validUntil: THEN + 9 }, [key]);
    expect((await keys.findDocument('word.example'))?.json).toBe('second');
  });

  it('keeps the latest keys of a server that has very many, those in use first', async () => {
    const old = Array.from({ length: MAX_KEYS_PER_SERVER + 5 }, (_, index) =>
      keyOf('many.example', { keyId: `ed25519:${index}`, expiredAt: THEN - 1_000 + index }),
    );
    await store('many.example', 'x', keyOf('many.example'), ...old);
    const keys = new PostgresServerKeys(test.database);
    const found = await keys.findKeys('many.example', ['ed25519:a', ...old.map(({ keyId }) => keyId)]);
    expect(found.size).toBe(MAX_KEYS_PER_SERVER);
    expect([found.has('ed25519:a'), found.has('ed25519:5'), found.has('ed25519:6')]).toEqual([true, false, true]);
  });

  it('forgets large documents that have not been valid for long, and keeps the others and the keys', async () => {
    const large = 'x'.repeat(MAX_KEPT_DOCUMENT_BYTES + 1);
    await store('stale.example', large, keyOf('stale.example'));
    await store('gone.example', large.slice(1), keyOf('gone.example'));
    const keys = new PostgresServerKeys(test.database);
    const [validUntil, fetchedAt] = [Date.now() - 1_000, Date.now()];
    await keys.storeKeys({ serverName: 'fresh.example', json: large, validUntil, fetchedAt }, []);
    expect(await keys.forgetDocuments(3_600_000, 1)).toBe(1);
    while ((await keys.forgetDocuments(3_600_000, 1)) > 0);
    expect(await keys.findDocument('stale.example')).toBeUndefined();
    expect((await keys.findDocument('fresh.example'))?.json).toBe(large);
    expect((await keys.findDocument('gone.example'))?.json).toBe(large.slice(1));
    expect((await keys.findKeys('stale.example', ['ed25519:a'])).size).toBe(1);
  });

  it('stores documents of one server that come at the same time', async () => {
    const both = ['ed25519:a', 'ed25519:b'].map((keyId) => keyOf('same.example', { keyId }));
    await Promise.all(
      Array.from({ length: 8 }, (_, turn) => store('same.example', 'x', ...(turn % 2 ? both : both.toReversed()))),
    );
    const keys = new PostgresServerKeys(test.database);
    expect((await keys.findKeys('same.example', ['ed25519:a', 'ed25519:b'])).size).toBe(2);
  });
});

describe('PostgresSenderReplicas', () => {
  it('finds those that gave a sign of life lately, until they withdraw', async () => {
    const replicas = new PostgresSenderReplicas(test.database);
    await replicas.beat('b:1');
    await replicas.beat('a:1');
    await replicas.beat('a:1');
    expect(await replicas.findLive(5_000)).toEqual(['a:1', 'b:1']);
    await age('b:1', 6);
    expect(await replicas.findLive(5_000)).toEqual(['a:1']);
    await replicas.withdraw('a:1');
    expect(await replicas.findLive(5_000)).toEqual([]);
  });

  it('forgets those that have been silent for long', async () => {
    const replicas = new PostgresSenderReplicas(test.database);
    await replicas.beat('old:1');
    await age('old:1', 60);
    await replicas.beat('new:1');
    await replicas.removeSilent(50_000);
    expect(await replicas.findLive(3_600_000)).toEqual(['b:1', 'new:1']);
  });
});

function keyOf(serverName: string, change: Partial<StoredServerKey> = {}): StoredServerKey {
  return {
    serverName,
    keyId: 'ed25519:a',
    publicKey: 'A',
    validUntil: THEN + 10,
    learnedFrom: serverName,
    ...change,
  };
}

async function store(serverName: string, json: string, ...keys: StoredServerKey[]): Promise<void> {
  const validUntil = keys[0]?.validUntil ?? THEN;
  await new PostgresServerKeys(test.database).storeKeys({ serverName, json, validUntil, fetchedAt: THEN }, keys);
}

async function age(address: string, seconds: number): Promise<void> {
  const text = 'update sender_replicas set alive_at = alive_at - make_interval(secs => $2) where address = $1';
  await test.database.query(text, [address, seconds]);
}
