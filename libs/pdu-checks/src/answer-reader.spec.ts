import { encodeCanonicalJson, SigningKey } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { buildRoomEvent, findRoomVersion } from '@plexus/room-dag';
import { afterAll, describe, expect, it } from 'vitest';
import { AnswerReader } from './answer-reader.ts';
import type { ReadAnswer } from './answer-reader.ts';

const NOW = 1_700_000_000_000;
const ROOM = '!room:b.example';
const key = new SigningKey('ed25519:b', Buffer.alloc(32, 1));
const QUERY = { lists: ['state', 'auth_chain'], roomId: ROOM, roomVersion: '11' };

const reader = new AnswerReader({
  keys: {
    async findKeys(serverName, keyIds) {
      const known = serverName === 'b.example' ? keyIds.filter((keyId) => keyId === key.keyId) : [];
      return new Map(known.map((keyId) => [keyId, { keyId, publicKey: key.publicKey, validUntil: NOW + 1_000 }]));
    },
  },
  clock: { now: () => NOW },
  atOnce: 1,
});

afterAll(() => reader.stop());

function make(depth: number, { roomId = ROOM, body = 'x', signer = key } = {}): JsonObject {
  const rules = findRoomVersion('11');
  if (rules === undefined) throw new Error('the version is known');
  const made = { type: 'm.test', sender: '@u:b.example', roomId, content: { body }, prevEvents: [], authEvents: [] };
  const built = buildRoomEvent({ ...made, depth, originServerTs: NOW }, rules, [
    { serverName: 'b.example', key: signer },
  ]);
  if (built.outcome === 'drop') throw new Error(built.because);
  return JSON.parse(built.bytes.toString());
}

/** `padding` makes an answer long. */
function read(answer: JsonObject, padding = ''): Promise<ReadAnswer> {
  return reader.read(Buffer.from(encodeCanonicalJson({ ...answer, padding }, 'any')), QUERY);
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
