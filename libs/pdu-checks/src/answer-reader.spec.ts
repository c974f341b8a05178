import { setImmediate } from 'node:timers/promises';
import { encodeCanonicalJson, serverNameOf, SigningKey } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { buildRoomEvent, findRoomVersion } from '@plexus/room-dag';
import { afterAll, describe, expect, it } from 'vitest';
import { AnswerReader } from './answer-reader.ts';
import type { ReadAnswer } from './answer-reader.ts';

const NOW = 1_700_000_000_000;
const ROOM = '!room:b.example';
const key = new SigningKey('ed25519:b', Buffer.alloc(32, 1));
const QUERY = { lists: ['state', 'auth_chain'], roomId: ROOM, roomVersion: '11' };

/** The servers of these tests have one key. */
function readerWith(ask: (serverName: string, validAt: number | undefined) => Promise<void>): AnswerReader {
  return new AnswerReader({
    keys: {
      async findKeys(serverName, keyIds, { validAt }) {
        await ask(serverName, validAt);
        const known = keyIds.filter((keyId) => keyId === key.keyId);
        return new Map(known.map((keyId) => [keyId, { keyId, publicKey: key.publicKey, validUntil: NOW + 1_000 }]));
      },
    },
    clock: { now: () => NOW },
    atOnce: 1,
  });
}

const reader = readerWith(async () => {});

afterAll(() => reader.stop());

interface Chosen {
  readonly roomId?: string;
  readonly sender?: string;
  readonly body?: string;
  readonly signer?: SigningKey;
  readonly version?: string;
  readonly eventId?: string;
}

function make(
  depth: number,
  { roomId = ROOM, sender = '@u:b.example', body = 'x', signer = key, ...chosen }: Chosen = {},
): JsonObject {
  const rules = findRoomVersion(chosen.version ?? '11');
  if (rules === undefined) throw new Error('the version is known');
  const eventId = chosen.eventId;
  const sent = { type: 'm.test', sender, roomId, eventId, content: { body } };
  const made = { ...sent, prevEvents: [], authEvents: [] };
  const built = buildRoomEvent({ ...made, depth, originServerTs: NOW }, rules, [
    { serverName: serverNameOf(sender), key: signer },
  ]);
  if (built.outcome === 'drop') throw new Error(built.because);
  return JSON.parse(built.bytes.toString());
}

/** `padding` makes an answer long. */
function read(answer: JsonObject, padding = ''): Promise<ReadAnswer> {
  return reader.read(Buffer.from(encodeCanonicalJson({ ...answer, padding }, 'any')), QUERY);
}

function bytesOf(state: JsonObject[]): Uint8Array {
  return Buffer.from(encodeCanonicalJson({ state, auth_chain: [] }));
}

async function takeNone(): Promise<void> {
  throw new Error('there is no room for them');
}

function depthsOf(answer: ReadAnswer, list: string): readonly number[] {
  return answer.outcome === 'ok' ? (answer.events.get(list) ?? []).map(({ depth }) => depth) : [];
}

describe.each([
  ['here', ''],
  ['in a thread', 'x'.repeat(100_000)],
])('AnswerReader, %s', (_place, padding) => {
  it('gives the events of each list, those with the least depth first, each once', async () => {
    const shared = make(1);
    const answer = await read({ state: [make(3), shared], auth_chain: [make(4), shared, make(2)] }, padding);
    expect(depthsOf(answer, 'state')).toEqual([1, 3]);
    expect(depthsOf(answer, 'auth_chain')).toEqual([2, 4]);
  });

  it('gives who takes them in pieces all events by their depth, whatever list they are in', async () => {
    const shared = make(1);
    const answer = { state: [make(3), shared], auth_chain: [make(4), shared, make(2)], padding };
    const taken: { list: string; depth: number }[] = [];
    const rest = await reader.readInPieces(Buffer.from(encodeCanonicalJson(answer)), QUERY, async (events) => {
      taken.push(...events.map(({ list, depth }) => ({ list, depth })));
    });
    expect(rest).toEqual({ outcome: 'ok', rest: { padding } });
    expect(taken).toEqual([
      { list: 'state', depth: 1 },
      { list: 'auth_chain', depth: 2 },
      { list: 'state', depth: 3 },
      { list: 'auth_chain', depth: 4 },
    ]);
  });

  it('takes an event of several lists for one of the first, also where servers choose ids and the depths differ', async () => {
    const [version, eventId] = ['2', '$one:b.example'];
    const broken = { ...make(1, { version, eventId }), content: 'none' };
    const [first, second] = [make(5, { version, eventId }), make(2, { version, eventId })];
    const answer = { state: [broken, first], auth_chain: [second], padding };
    const query = { ...QUERY, roomVersion: version };
    const taken: { list: string; depth: number }[] = [];
    await reader.readInPieces(Buffer.from(encodeCanonicalJson(answer)), query, async (events) => {
      taken.push(...events.map(({ list, depth }) => ({ list, depth })));
    });
    expect(taken).toEqual([{ list: 'state', depth: 5 }]);
  });

  it('fails where the events are not taken, and reads the next answer', async () => {
    const bytes = Buffer.from(encodeCanonicalJson({ state: [make(1)], auth_chain: [], padding }));
    await expect(reader.readInPieces(bytes, QUERY, takeNone)).rejects.toThrow('there is no room for them');
    expect(depthsOf(await read({ state: [make(2)], auth_chain: [] }, padding), 'state')).toEqual([2]);
  });

  it('takes nothing of an answer without valid events', async () => {
    const bytes = Buffer.from(encodeCanonicalJson({ state: [{}], auth_chain: [], padding }));
    const pieces: number[] = [];
    const rest = await reader.readInPieces(bytes, QUERY, async (events) => void pieces.push(events.length));
    expect(rest).toEqual({ outcome: 'ok', rest: { padding } });
    expect(pieces).toEqual([]);
  });

  it('gives the bytes that were signed, and what else the answer says', async () => {
    const event = make(1);
    const answer = await read({ state: [event], auth_chain: [], members_omitted: true }, padding);
    expect(answer).toMatchObject({ outcome: 'ok', rest: { members_omitted: true } });
    const [read1] = answer.outcome === 'ok' ? (answer.events.get('state') ?? []) : [];
    expect(Buffer.from(read1?.bytes ?? []).toString()).toBe(encodeCanonicalJson(event));
    expect(read1).toMatchObject({ type: 'm.test', isRedactedCopy: false });
  });

  it('leaves out what is forged, malformed, or of another room', async () => {
    const forged = make(2, { signer: new SigningKey('ed25519:b', Buffer.alloc(32, 9)) });
    const elsewhere = make(3, { roomId: '!other:b.example' });
    const { depth: _depth, ...broken } = make(4);
    const answer = await read({ state: [make(1), forged, elsewhere, broken], auth_chain: [] }, padding);
    expect(depthsOf(answer, 'state')).toEqual([1]);
  });

  it('gives the redacted form of an event whose content was changed', async () => {
    const changed = { ...make(1), content: { body: 'y' } };
    const answer = await read({ state: [changed], auth_chain: [] }, padding);
    const [event] = answer.outcome === 'ok' ? (answer.events.get('state') ?? []) : [];
    expect(event?.isRedactedCopy).toBe(true);
    expect(JSON.parse(Buffer.from(event?.bytes ?? []).toString())).toMatchObject({ content: {} });
  });

  it('keeps numbers that only old room versions know, outside of the lists', async () => {
    const text = `{"state":[],"auth_chain":[],"padding":"${padding}","event":{"depth":1e3}}`;
    const answer = await reader.read(Buffer.from(text), QUERY);
    const rest = answer.outcome === 'ok' ? encodeCanonicalJson(answer.rest, 'any') : '';
    expect(rest).toContain('"event":{"depth":1e3}');
  });

  it.each([
    ['a list', '[]'],
    ['no JSON', '{'],
    ['without a list', '{"state":[]}'],
    ['with texts as events', '{"state":[],"auth_chain":["$a"]}'],
  ])('refuses an answer that is %s', async (_what, text) => {
    expect(await reader.read(Buffer.from(text.padEnd(text.length + padding.length)), QUERY)).toMatchObject({
      outcome: 'malformed',
    });
  });
});

it('reads several long answers one after the other', async () => {
  const answers = await Promise.all(
    [1, 2, 3].map((depth) => read({ state: [make(depth)], auth_chain: [] }, 'x'.repeat(100_000))),
  );
  expect(answers.map((answer) => depthsOf(answer, 'state'))).toEqual([[1], [2], [3]]);
});

describe('AnswerReader, with an answer of several pieces', () => {
  const many = Array.from({ length: 500 }, (_, index) => make(index + 1, { body: 'x'.repeat(200) }));

  it('gives them one after the other, the next when the one before is taken', async () => {
    const sizes: number[] = [];
    let isTaking = false;
    await reader.readInPieces(bytesOf(many.toReversed()), QUERY, async (events) => {
      expect(isTaking).toBe(false);
      isTaking = true;
      await setImmediate();
      sizes.push(events.length);
      isTaking = false;
    });
    expect(sizes).toEqual([50, 225, 225]);
  });

  it('ends when the second one is not taken', async () => {
    let pieces = 0;
    const reading = reader.readInPieces(bytesOf(many), QUERY, async () => {
      pieces += 1;
      await setImmediate();
      if (pieces === 2) await takeNone();
    });
    await expect(reading).rejects.toThrow('there is no room for them');
    expect(pieces).toBe(2);
    expect(depthsOf(await read({ state: many, auth_chain: [] }), 'state')).toHaveLength(500);
  });

  it('gives fewer events where they are large, at most 512 KiB', async () => {
    const large = Array.from({ length: 24 }, (_, index) => make(index + 1, { body: 'x'.repeat(60_000) }));
    const sizes: number[] = [];
    await reader.readInPieces(bytesOf(large), QUERY, async (events) => {
      sizes.push(events.length);
      expect(events.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThanOrEqual(512 * 1024);
    });
    expect(sizes).toEqual([8, 8, 8]);
  });
});

describe('AnswerReader, with keys that are not found at once', () => {
  const NAMES = Array.from({ length: 400 }, (_, index) => (index < 300 ? 'b.example' : 'late.example'));
  const made = NAMES.map((server, index) => make(index + 1, { sender: `@u:${server}`, body: 'x'.repeat(200) }));

  it('waits for those of the next events only', async () => {
    const late = Promise.withResolvers<void>();
    const patient = readerWith(async (serverName) => {
      if (serverName === 'late.example') await late.promise;
    });
    const sizes: number[] = [];
    const reading = patient.readInPieces(bytesOf(made), QUERY, async (events) => {
      sizes.push(events.length);
      late.resolve();
    });
    expect(await reading).toMatchObject({ outcome: 'ok' });
    expect(sizes).toEqual([50, 225, 125]);
    await patient.stop();
  });

  it('asks for those of a server once, as of the latest of its events', async () => {
    const asked: [string, number | undefined][] = [];
    const asking = readerWith(async (serverName, validAt) => void asked.push([serverName, validAt]));
    await asking.read(bytesOf(made), QUERY);
    expect(asked).toEqual([
      ['b.example', NOW],
      ['late.example', NOW],
    ]);
    await asking.stop();
  });

  it('fails where they cannot be looked for', async () => {
    const failing = readerWith(async (serverName) => {
      if (serverName === 'late.example') throw new Error('no keys can be read');
    });
    const sizes: number[] = [];
    const reading = failing.readInPieces(bytesOf(made), QUERY, async (events) => void sizes.push(events.length));
    await expect(reading).rejects.toThrow('no keys can be read');
    expect(sizes).toEqual([50, 225]);
    await failing.stop();
  });
});

it('has a thread ready for an answer that is expected', async () => {
  const eager = readerWith(async () => {});
  let started = 0;
  const count = (): void => void (started += 1);
  process.on('worker', count);
  eager.expect();
  eager.expect();
  await setImmediate();
  expect(started).toBe(1);
  await eager.read(Buffer.from(`{"state":[],"auth_chain":[],"padding":"${'x'.repeat(100_000)}"}`), QUERY);
  process.off('worker', count);
  expect(started).toBe(1);
  await eager.stop();
});
