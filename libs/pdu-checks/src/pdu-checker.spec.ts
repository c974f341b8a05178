import { SigningKey } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { KeyQuery, KeyRing, VerifyKey } from '@plexus/remote-servers';
import { buildRoomEvent, findRoomVersion } from '@plexus/room-dag';
import type { RoomVersionRules } from '@plexus/room-dag';
import { afterAll, describe, expect, it } from 'vitest';
import { PduChecker } from './pdu-checker.ts';
import type { CheckedPdu } from './pdu-checker.ts';
import { VerificationError, VerificationThreads } from './verification-threads.ts';

const NOW = 1_700_000_000_000;
const b = new SigningKey('ed25519:b', Buffer.alloc(32, 1));
const c = new SigningKey('ed25519:c', Buffer.alloc(32, 2));
const old = new SigningKey('ed25519:old', Buffer.alloc(32, 3));

const threads = new VerificationThreads(2);
afterAll(() => threads.stop());

/** What is known of the servers' keys; who asked is kept. */
class Keys implements KeyRing {
  readonly asked: [string, readonly string[], KeyQuery][] = [];
  readonly #keys = new Map<string, VerifyKey>([
    [
      'b.example ed25519:b',
      { keyId: 'ed25519:b', publicKey: b.publicKey, validUntil: NOW + 1_000, learnedFrom: 'b.example' },
    ],
    [
      'c.example ed25519:c',
      { keyId: 'ed25519:c', publicKey: c.publicKey, validUntil: NOW + 1_000, learnedFrom: 'notary.example' },
    ],
    ['b.example ed25519:old', { keyId: 'ed25519:old', publicKey: old.publicKey, validUntil: 500, expiredAt: 500 }],
  ]);

  async findKeys(serverName: string, keyIds: readonly string[], query: KeyQuery): Promise<Map<string, VerifyKey>> {
    this.asked.push([serverName, keyIds, query]);
    const found = keyIds.map((keyId) => this.#keys.get(`${serverName} ${keyId}`)).filter((key) => key !== undefined);
    const { validAt } = query;
    const usable = found.filter((key) => validAt === undefined || validAt <= key.validUntil);
    return new Map(usable.map((key) => [key.keyId, key]));
  }
}

function rulesOf(version: string): RoomVersionRules {
  const rules = findRoomVersion(version);
  if (rules === undefined) throw new Error('the version is known');
  return rules;
}

const rules = rulesOf('11');

interface Made {
  readonly sender?: string;
  readonly signers?: readonly { readonly serverName: string; readonly key: SigningKey }[];
  readonly content?: JsonObject;
  readonly originServerTs?: number;
}

function make({
  sender = '@u:b.example',
  signers,
  content = { body: 'x' },
  originServerTs = NOW,
}: Made = {}): JsonObject {
  const built = buildRoomEvent(
    {
      type: 'm.room.message',
      sender,
      roomId: '!room:b.example',
      content,
      prevEvents: [],
      authEvents: [],
      depth: 5,
      originServerTs,
    },
    rules,
    signers ?? [{ serverName: 'b.example', key: b }],
  );
  if (built.outcome === 'drop') throw new Error(built.because);
  return JSON.parse(built.bytes.toString());
}

function check(values: readonly JsonObject[], keys = new Keys()): Promise<CheckedPdu[]> {
  return new PduChecker({ keys, threads, clock: { now: () => NOW } }).check(values, rules);
}

function rulesIn(checked: readonly CheckedPdu[]): string[] {
  return checked.map((pdu) => (pdu.outcome === 'drop' ? pdu.rule : pdu.contentHash));
}

describe('PduChecker', () => {
  it('tells apart, in their order, what is wrong with PDUs of one answer', async () => {
    const signed = make();
    const values = [
      signed,
      { ...signed, content: { body: 'tampered' } },
      { ...signed, content: {} },
      { ...signed, depth: 6 },
      { ...signed, depth: -1 },
      make({ signers: [{ serverName: 'b.example', key: c }] }),
      make({ signers: [{ serverName: 'c.example', key: c }] }),
      make({ sender: '@u:nobody.example', signers: [{ serverName: 'nobody.example', key: c }] }),
      make({ sender: '@u:c.example', signers: [{ serverName: 'c.example', key: c }] }),
    ];
    expect(rulesIn(await check(values))).toEqual([
      'matches',
      'tampered',
      'redacted',
      'signature.sender',
      'format.depth',
      'keys.unavailable',
      'signature.sender',
      'keys.unavailable',
      'matches',
    ]);
  });

  it('says of a refused signature where the key came from: its server or a notary', async () => {
    const fromServer = { ...make(), depth: 6 };
    const signers = [{ serverName: 'c.example', key: c }];
    const fromNotary = { ...make({ sender: '@u:c.example', signers }), depth: 6 };
    const because = (await check([fromServer, fromNotary])).map((pdu) => (pdu.outcome === 'drop' ? pdu.because : ''));
    expect(because).toEqual([
      expect.stringMatching(/\(ed25519:b of b\.example from the server itself that is valid until \d+\)$/),
      expect.stringMatching(/\(ed25519:c of c\.example from the notary notary\.example that is valid until \d+\)$/),
    ]);
  });

  it('gives on the redacted form where the content hash does not match', async () => {
    const [checked] = await check([{ ...make(), content: { body: 'tampered' } }]);
    const json = checked?.outcome === 'ok' ? (JSON.parse(checked.bytes.toString()) as JsonObject) : {};
    expect(json['content']).toEqual({});
  });

  it('checks thousands, and asks for the keys of each server once for a batch', async () => {
    const keys = new Keys();
    const values = Array.from({ length: 300 }, (_, index) => make({ content: { body: String(index) } }));
    const checked = await check(values, keys);
    expect(new Set(rulesIn(checked))).toEqual(new Set(['matches']));
    expect(new Set(checked.map((pdu) => (pdu.outcome === 'ok' ? pdu.eventId : '')))).toHaveProperty('size', 300);
    expect(keys.asked.length).toBe(Math.ceil(300 / 64));
  });

  it('lets each event decide whether a key that was replaced was valid at its time', async () => {
    const signers = [{ serverName: 'b.example', key: old }];
    const values = [make({ signers, originServerTs: 400 }), make({ signers, originServerTs: 600 }), make()];
    expect(rulesIn(await check(values))).toEqual(['matches', 'keys.unavailable', 'matches']);
  });

  it('asks for no key of the future', async () => {
    const keys = new Keys();
    await check([make({ originServerTs: NOW * 2 })], keys);
    expect(keys.asked[0]).toEqual(['b.example', ['ed25519:b'], { validAt: NOW }]);
  });
});

describe('VerificationThreads', () => {
  it('tells which signatures are right, and starts another thread where one has ended', async () => {
    const dying = new VerificationThreads(1);
    const right = { message: 'text', publicKey: b.publicKey, signature: b.sign('text') };
    const wrong = { ...right, message: 'another text' };
    expect(await dying.verify([right, wrong, right])).toEqual([true, false, true]);
    await dying.stop();
    expect(await dying.verify([right])).toEqual([true]);
    await dying.stop();
  });

  it('fails what a thread was asked when it ends', async () => {
    const dying = new VerificationThreads(1);
    const right = { message: 'text', publicKey: b.publicKey, signature: b.sign('text') };
    const asked = dying.verify([right]);
    const failure = asked.catch((error: unknown) => error);
    await dying.stop();
    expect(await failure).toBeInstanceOf(VerificationError);
  });
});
