import { SigningKey, signJson } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { OutboundAnswer, VerifyKey } from '@plexus/remote-servers';
import type { ServerKeyDocument, StoredServerKey } from '@plexus/storage';
import { describe, expect, it } from 'vitest';
import type { PreparedRequest } from '../requests/reach-server.ts';
import { FetchServerKeys } from './fetch-server-keys.ts';
import type { TrustedKeyServer } from './fetch-server-keys.ts';

const NOW = 1_700_000_000_000;
const NAME = 'far.example';
const NOTARY = 'notary.example';
const key = new SigningKey('ed25519:a', Buffer.alloc(32, 1));
const notaryKey = new SigningKey('ed25519:n', Buffer.alloc(32, 2));
const AWAY: OutboundAnswer = { outcome: 'unreachable', reason: 'connect', because: 'away' };

function documentOf(serverName: string, signing: SigningKey, change: JsonObject = {}): JsonObject {
  const document = {
    server_name: serverName,
    verify_keys: { [signing.keyId]: { key: signing.publicKey } },
    valid_until_ts: NOW + 1_000,
    ...change,
  };
  return signJson(document, serverName, signing);
}

function answered(body: JsonObject, status = 200): OutboundAnswer {
  return { outcome: 'answered', status, headers: {}, bytes: Buffer.from(JSON.stringify(body)) };
}

function build(answer: (request: PreparedRequest) => OutboundAnswer, notaries: TrustedKeyServer[] = []) {
  const sent: string[] = [];
  const stored: { readonly document: ServerKeyDocument; readonly keys: readonly StoredServerKey[] }[] = [];
  const rests: (() => void)[] = [];
  const keys = new FetchServerKeys({
    reach: {
      send: async (request) => {
        sent.push(`${request.destination} ${request.target}`);
        return answer(request);
      },
    },
    store: {
      storeKeys: async (document, some) => {
        stored.push({ document, keys: some });
      },
    },
    notaries,
    allows: (serverName) => serverName !== 'denied.example',
    clock: { now: () => NOW, delay: () => new Promise<void>((resolve) => rests.push(resolve)) },
    asked: () => {},
  });
  const fetch = (keyIds = ['ed25519:a'], serverName = NAME): Promise<readonly VerifyKey[]> =>
    keys.fetchKeys(serverName, keyIds, { validAt: NOW });
  return { fetch, sent, stored, rests };
}

const trusted = (verifyKeys: [string, string][] = [['ed25519:n', notaryKey.publicKey]]): TrustedKeyServer => ({
  serverName: NOTARY,
  verifyKeys: new Map(verifyKeys),
});
const handedOn = (document: JsonObject): OutboundAnswer =>
  answered({ server_keys: [signJson(document, NOTARY, notaryKey)] });

describe('FetchServerKeys', () => {
  it('asks the server itself, and stores what it says, word for word', async () => {
    const document = documentOf(NAME, key);
    const { fetch, sent, stored } = build(() => answered({ ...document, unsigned: { age: 1 } }), [trusted()]);
    expect(await fetch()).toMatchObject([{ keyId: 'ed25519:a', publicKey: key.publicKey, validUntil: NOW + 1_000 }]);
    expect(sent).toEqual(['far.example /_matrix/key/v2/server']);
    expect(JSON.parse(stored[0]?.document.json ?? '')).toEqual(document);
    expect(stored[0]?.keys).toMatchObject([{ serverName: NAME, keyId: 'ed25519:a', learnedFrom: NAME }]);
  });

  it.each([
    ['of another server', answered(documentOf('other.example', key))],
    ['that it has not signed', answered({ ...documentOf(NAME, key), valid_until_ts: NOW + 2_000 })],
    ['with a status of failure', answered(documentOf(NAME, key), 500)],
  ])('believes and stores nothing %s', async (_, answer) => {
    const { fetch, stored } = build(() => answer);
    expect(await fetch()).toEqual([]);
    expect(stored).toEqual([]);
  });

  it('asks the notaries for what the server does not give, and wants both signatures', async () => {
    const good = handedOn(documentOf(NAME, key));
    const { fetch, sent, stored } = build(({ destination }) => (destination === NOTARY ? good : AWAY), [trusted()]);
    expect(await fetch()).toMatchObject([{ keyId: 'ed25519:a', learnedFrom: NOTARY }]);
    expect(sent).toEqual(['far.example /_matrix/key/v2/server', 'notary.example /_matrix/key/v2/query']);
    expect(stored.map(({ keys }) => keys)).toMatchObject([[{ learnedFrom: NOTARY }]]);
  });

  it.each([
    ['has not signed', answered({ server_keys: [documentOf(NAME, key)] })],
    ['made up', handedOn({ ...documentOf(NAME, key), valid_until_ts: NOW + 2_000 })],
    ['took for another', handedOn(documentOf('other.example', key))],
    ['wraps in nonsense', answered({ server_keys: 'all' })],
  ])('does not believe what a notary %s', async (_, answer) => {
    const { fetch, stored } = build(({ destination }) => (destination === NOTARY ? answer : AWAY), [trusted()]);
    expect(await fetch()).toEqual([]);
    expect(stored).toEqual([]);
  });

  it('lets no notary say otherwise of a key that the server itself has put away', async () => {
    const current = new SigningKey('ed25519:b', Buffer.alloc(32, 3));
    const old = { old_verify_keys: { [key.keyId]: { key: key.publicKey, expired_ts: NOW - 1 } } };
    const before = handedOn(documentOf(NAME, key, { valid_until_ts: NOW + 900_000 }));
    const now = answered(documentOf(NAME, current, old));
    const { fetch } = build(({ destination }) => (destination === NOTARY ? before : now), [trusted()]);
    const found = await fetch(['ed25519:a', 'ed25519:c']);
    expect(found.find(({ keyId }) => keyId === 'ed25519:a')).toMatchObject({ expiredAt: NOW - 1 });
  });

  it('asks a notary for its own keys where they are not configured', async () => {
    const answers: Record<string, OutboundAnswer> = {
      'far.example /_matrix/key/v2/server': AWAY,
      'notary.example /_matrix/key/v2/query': handedOn(documentOf(NAME, key)),
      'notary.example /_matrix/key/v2/server': answered(documentOf(NOTARY, notaryKey)),
    };
    const { fetch } = build(({ destination, target }) => answers[`${destination} ${target}`] ?? AWAY, [trusted([])]);
    expect(await fetch()).toMatchObject([{ keyId: 'ed25519:a' }]);
  });

  it('asks a server once for many who want what it has, and not again within a second', async () => {
    const { fetch, sent, rests } = build(() => answered(documentOf(NAME, key)));
    await Promise.all([fetch(), fetch()]);
    await fetch();
    expect(sent).toHaveLength(1);
    rests[0]?.();
    await expect.poll(async () => (await fetch()) && sent.length).toBe(2);
  });

  it('asks again after a rest for a key that was not there: the server may have changed its keys', async () => {
    let signing = key;
    const { fetch, sent, rests } = build(() => answered(documentOf(NAME, signing)));
    await fetch();
    signing = new SigningKey('ed25519:b', Buffer.alloc(32, 3));
    const later = Promise.all([fetch(['ed25519:b']), fetch(['ed25519:b']), fetch(['ed25519:c'])]);
    await expect.poll(() => rests.length).toBe(1);
    rests[0]?.();
    const [b, again, c] = await later;
    for (const keys of [b, again, c]) expect(keys).toMatchObject([{ keyId: 'ed25519:b' }]);
    expect(sent).toHaveLength(2);
  });

  it('has nothing to do with a server that no hosted server federates with', async () => {
    const { fetch, sent } = build(() => AWAY, [trusted()]);
    expect(await fetch(['ed25519:a'], 'denied.example')).toEqual([]);
    expect(sent).toEqual([]);
  });
});
