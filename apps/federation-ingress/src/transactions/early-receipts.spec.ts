import { beforeEach, expect, it } from 'vitest';
import type { EarlyReceipt } from '@plexus/storage';
import type { RemoteReceipts } from '../membership/room-owners.ts';
import { EarlyReceipts } from './early-receipts.ts';

let known: Set<string>;
let set: string[];
let failures: unknown[];
let pauses: { readonly ms: number; readonly end: () => void }[];
let stopping: AbortController;
let stored: EarlyReceipt[];
let abandoned: EarlyReceipt[];
let early: EarlyReceipts;
beforeEach(() => {
  [known, set, failures, pauses] = [new Set(), [], [], []];
  [stored, abandoned] = [[], []];
  stopping = new AbortController();
  early = new EarlyReceipts({
    owners: {
      setReceipts: async ({ receipts: [first] }) => {
        const eventId = first?.eventId ?? '';
        if (eventId === '$fails') throw new Error('nobody owns the room');
        if (!known.has(eventId)) return 'unknown-event';
        set.push(eventId);
        return 'settled';
      },
    },
    stored: {
      storeEarly: async (receipts) => {
        if (receipts.some(({ eventId }) => eventId === '$unstorable')) throw new Error('Postgres is away');
        stored.push(...receipts);
      },
      removeEarly: async (receipts) => {
        const eventIds = receipts.map(({ eventId }) => eventId);
        stored = stored.filter(({ eventId }) => !eventIds.includes(eventId));
      },
      takeAbandoned: async (most) => abandoned.splice(0, most),
    },
    clock: { delay: (ms) => new Promise<void>((end) => pauses.push({ ms, end })) },
    signal: stopping.signal,
    failed: (error) => failures.push(error),
  });
});

function receipt(eventId: string, threadId = '', origin = 'far.example'): RemoteReceipts {
  const receipts = [{ receiptType: 'm.read', eventId, threadId, setAt: 1 }];
  return { roomId: '!room:far.example', userId: `@bob:${origin}`, origin, receipts };
}

/** Ends the pauses that there are, and waits for what follows. */
async function pass(): Promise<number[]> {
  const ended = pauses.splice(0);
  for (const { end } of ended) end();
  await new Promise((resolve) => setImmediate(resolve));
  return ended.map(({ ms }) => ms);
}

it('sets a receipt when its event is there', async () => {
  await early.keep([receipt('$a')]);
  await pass();
  expect(stored).toMatchObject([{ eventId: '$a', userId: '@bob:far.example', origin: 'far.example' }]);
  known.add('$a');
  await pass();
  expect([set, stored]).toEqual([['$a'], []]);
  expect(await pass()).toEqual([]);
});

it('gives one up after ever longer pauses, failures among them', async () => {
  await early.keep([receipt('$fails')]);
  const waited: number[] = [];
  for (let turn = 0; turn < 10; turn += 1) waited.push(...(await pass()));
  expect(waited).toEqual([200, 2_000, 10_000, 60_000]);
  expect(failures).toHaveLength(4);
  expect(stored).toEqual([]);
});

it('sets only the last that came for a thread', async () => {
  for (const kept of [receipt('$a'), receipt('$b'), receipt('$t', '$thread')]) await early.keep([kept]);
  known = new Set(['$a', '$b', '$t']);
  await pass();
  expect(set).toEqual(['$b', '$t']);
});

it('keeps so many of one server, and more when those are settled', async () => {
  await early.keep(Array.from({ length: 1_001 }, (_, index) => receipt(`$${index}`, `$${index}`)));
  await early.keep([receipt('$other', '', 'other.example')]);
  expect(stored).toHaveLength(1_001);
  expect(pauses).toHaveLength(1_001);
  for (let index = 0; index < 1_001; index += 1) known.add(`$${index}`);
  await pass();
  expect(set).toHaveLength(1_000);
  await early.keep([receipt('$1', 'main')]);
  expect(pauses).toHaveLength(2);
});

it('stops with the service, and leaves to others what it has not set', async () => {
  await early.keep([receipt('$a')]);
  known.add('$a');
  stopping.abort();
  await pass();
  expect([set, pauses]).toEqual([[], []]);
  expect(stored).toHaveLength(1);
});

it('waits for nothing that could not be stored: its server sends it again', async () => {
  await expect(early.keep([receipt('$unstorable')])).rejects.toThrow('Postgres is away');
  expect(pauses).toEqual([]);
  await early.keep(Array.from({ length: 1_000 }, (_, index) => receipt(`$${index}`, `$${index}`)));
  expect(pauses).toHaveLength(1_000);
});

it('sets what a process that died has left', async () => {
  abandoned = Array.from({ length: 150 }, (_, index) => {
    const { roomId, userId, origin } = receipt('$a');
    return { roomId, userId, origin, eventId: '$a', threadId: `$${index}`, setAt: 1 };
  });
  known.add('$a');
  const taking = early.takeOverUntil(stopping.signal);
  await new Promise((resolve) => setImmediate(resolve));
  stopping.signal.addEventListener('abort', () => undefined);
  await pass();
  expect(set).toHaveLength(150);
  stopping.abort();
  await pass();
  await taking;
});
