import type { StoredEvent } from '@plexus/storage';
import { beforeEach, expect, it } from 'vitest';
import { WalkBack } from './walk-back.ts';

const ROOM = { shard: 0, roomNid: 1, roomVersion: '11' };

let events: Map<string, StoredEvent>;
let questions: number;
let mostAsked: number;
let walkBack: WalkBack;

beforeEach(() => {
  events = new Map();
  questions = 0;
  mostAsked = 0;
  walkBack = new WalkBack({
    async findEventsById(_shard, roomNid, eventIds) {
      questions += 1;
      mostAsked = Math.max(mostAsked, eventIds.length);
      const found = eventIds.map((id) => events.get(id)).filter((event) => event !== undefined);
      return new Map(found.filter((event) => event.roomNid === roomNid).map((event) => [event.eventId, event]));
    },
    async pageTimeline({ roomNid, from, limit }) {
      questions += 1;
      const before = [...events.values()].filter(
        (event) => event.roomNid === roomNid && (event.topologicalPosition ?? 0) < (from?.topologicalPosition ?? 0),
      );
      return before.toSorted((a, b) => (b.topologicalPosition ?? 0) - (a.topologicalPosition ?? 0)).slice(0, limit);
    },
  });
});

/** Event ids are one letter, padded. */
function id(name: string): string {
  return `$${name.padEnd(43, '_')}`;
}

function add(name: string, prev: string, more: Partial<StoredEvent> = {}): void {
  const position = events.size + 1;
  const pdu = {
    type: 'm.room.message',
    sender: '@a:b.example',
    room_id: '!r:b.example',
    content: {},
    depth: position,
    origin_server_ts: 1,
    prev_events: [...prev].map(id),
    auth_events: [],
  };
  events.set(id(name), {
    shard: 0,
    eventNid: position,
    eventId: id(name),
    roomNid: 1,
    topologicalPosition: position,
    streamPosition: position,
    stateBefore: 0,
    stateAfter: 0,
    authDepth: 0,
    status: 'accepted',
    json: Buffer.from(JSON.stringify(pdu)),
    unread: undefined,
    redactedBy: [],
    ...more,
  });
}

/**
 *     a ← b ← d ← f
 *       ↖ c ← e ↙
 */
function addFork(): void {
  for (const [name, prev] of ['a', 'ba', 'ca', 'db', 'ec', 'fde'].map(
    (text) => [text[0] ?? '', text.slice(1)] as const,
  ))
    add(name, prev);
}

async function walk(
  from: string,
  more: { until?: string; limit?: number; isInclusive?: boolean } = {},
): Promise<string> {
  const { until = '', limit = 100, isInclusive = true } = more;
  const query = { from: [...from].map(id), until: new Set([...until].map(id)), limit, isInclusive };
  return (await walkBack.execute(ROOM, query)).map(({ eventId }) => eventId[1]).join('');
}

it('goes through both sides of a fork, newest first, each event once', async () => {
  addFork();
  expect(await walk('f')).toBe('fedcba');
  expect(await walk('f', { limit: 3 })).toBe('fed');
  expect(await walk('de')).toBe('edcba');
});

it('stops at events that are had, and goes on beside them', async () => {
  addFork();
  expect(await walk('f', { isInclusive: false, until: 'b' })).toBe('edca');
  expect(await walk('f', { isInclusive: false, until: 'bc' })).toBe('ed');
  expect(await walk('f', { isInclusive: false, until: 'f' })).toBe('edcba');
  expect(await walk('f', { until: 'f' })).toBe('');
});

it('passes through what was rejected, and never leaves the room', async () => {
  add('a', '');
  add('b', 'a', { status: 'rejected' });
  add('x', 'a', { roomNid: 2 });
  add('c', 'bx');
  expect(await walk('c')).toBe('ca');
  expect(await walk('x')).toBe('');
  expect(await walk('?')).toBe('');
});

it('gives up where there is no end to what was rejected', async () => {
  const line = Array.from({ length: 300 }, (_, index) => String.fromCodePoint(0x4e00 + index));
  for (const [index, name] of line.entries())
    add(name, index === 0 ? '' : (line[index - 1] ?? ''), { status: 'rejected', topologicalPosition: undefined });
  add('z', line.at(-1) ?? '');
  expect(await walk('z')).toBe('z');
  expect(questions).toBeLessThan(250);
});

it('asks twice for a line of events, however long it is', async () => {
  add('0', '');
  const names = 'abcdefghijklmnopqrstuvwxyz';
  for (const [index, name] of [...names].entries()) add(name, index === 0 ? '0' : (names[index - 1] ?? ''));
  expect(await walk('z', { limit: 20 })).toBe([...names].reverse().join('').slice(0, 20));
  expect(questions).toBeLessThanOrEqual(3);
});

it('begins at some of very many events: a server can name as many as it likes', async () => {
  const names = Array.from({ length: 1_000 }, (_, index) => `n${index}`);
  for (const name of names) add(name, '');
  const query = { from: names.map(id), until: new Set<string>(), limit: 100 };
  expect(await walkBack.execute(ROOM, { ...query, isInclusive: true })).toHaveLength(50);
  expect(await walkBack.execute(ROOM, { ...query, isInclusive: false })).toEqual([]);
  expect(mostAsked).toBe(50);
});
