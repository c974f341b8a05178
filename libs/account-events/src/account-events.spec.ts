import { FakeAccountEvents } from '@plexus/testing';
import { accountPartitionOf } from '@plexus/storage';
import type { AccountEvent, AccountFact } from '@plexus/storage';
import type { AccountEventRecord, OutgoingRecord, RecordBatch, TopicDefinition } from '@plexus/topics';
import { ACCOUNT_EVENTS } from '@plexus/topics';
import { beforeEach, describe, expect, it } from 'vitest';
import { AccountEventIntake } from './account-event-intake.ts';
import { eventOf, recordOf } from './account-event-record.ts';
import { PublishAccountEvents } from './publish-account-events.ts';

const ALICE = '@alice:one.example';
const PARTITION = accountPartitionOf(ALICE);
const FACTS: readonly AccountFact[] = [
  { kind: 'registered', userId: ALICE, isGuest: false },
  { kind: 'registered', userId: ALICE, isGuest: true, appserviceId: 'irc' },
  { kind: 'seen', userId: ALICE, day: '2026-11-28' },
  { kind: 'consented', userId: ALICE, policy: 'privacy_policy', version: '1.0' },
  { kind: 'deactivated', userId: ALICE },
  { kind: 'policy-published', serverName: '', policy: 'privacy_policy', version: '2' },
];

let outbox: FakeAccountEvents;
let sent: AccountEventRecord[];
let failures: unknown[];

beforeEach(() => {
  outbox = new FakeAccountEvents();
  [sent, failures] = [[], []];
});

it.each(FACTS)('a record of $kind is the event again', (fact) => {
  const event: AccountEvent = { partition: 3, position: 7, occurredAt: 1_000, fact };
  const bytes = ACCOUNT_EVENTS.codec.encode(recordOf(event, 1));
  expect(eventOf(ACCOUNT_EVENTS.codec.decode(bytes), 3)).toEqual(event);
});

describe('PublishAccountEvents', () => {
  it('puts what waits on the topic, once and in order', async () => {
    outbox.append(...FACTS.slice(0, 5));
    const one = publisher('one');
    await one.runOnce();
    await one.runOnce();
    expect(sent.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5]);
  });

  it('leaves a partition to whoever has its lease, and takes it when that has run out', async () => {
    outbox.append(...FACTS.slice(0, 2));
    const dead = publisher('dead', () => Promise.reject(new Error('away')));
    await expect(dead.runOnce()).rejects.toThrow('away');
    const other = publisher('other');
    await other.runOnce();
    expect(sent).toEqual([]);
    outbox.now += 60_000;
    await other.runOnce();
    expect(sent.map(({ position }) => position)).toEqual([1, 2]);
  });

  it('stops where its lease was taken while it sent', async () => {
    outbox.append(...FACTS.slice(0, 1));
    const slow = publisher('slow', async () => {
      outbox.now += 60_000;
      await outbox.leaseUnpublished('other', 5_000);
    });
    await slow.runOnce();
    expect(await outbox.storePublished('slow', { partition: PARTITION, published: 1 })).toBe(false);
  });

  it('removes what is old, and never what is not published', async () => {
    outbox.append(...FACTS.slice(0, 1));
    await publisher('one').runOnce();
    outbox.append(...FACTS.slice(2, 3));
    outbox.now += 10;
    expect(await outbox.removeOldEvents(5)).toBe(1);
    expect(outbox.events.map(({ position }) => position)).toEqual([2]);
  });
});

describe('AccountEventIntake', () => {
  let taken: AccountEvent[];
  let stored: number;
  let fails: boolean;
  let generation: number;
  let intake: AccountEventIntake;

  beforeEach(() => {
    [taken, stored, fails, generation] = [[], 0, false, 1];
    intake = new AccountEventIntake({
      reader: outbox,
      readPosition: async () => stored,
      take: async (_partition, events) => {
        if (fails) throw new Error('no database');
        if (events[0]?.position !== stored + 1) throw new Error('positions are left out');
        taken.push(...events);
        stored = events.at(-1)?.position ?? stored;
      },
      generation: () => generation,
      failed: (error) => failures.push(error),
    });
    outbox.append(...FACTS.slice(0, 5));
  });

  const positions = (): number[] => taken.map(({ position }) => position);

  it('takes each position once, whatever is repeated', async () => {
    await intake.handle(batch([1, 2]));
    await intake.handle(batch([1, 2, 3]));
    await intake.handle(batch([2]));
    expect(positions()).toEqual([1, 2, 3]);
  });

  it('fills what is missing from Postgres', async () => {
    await intake.handle(batch([1]));
    await intake.handle(batch([4, 5]));
    expect(positions()).toEqual([1, 2, 3, 4, 5]);
    expect(taken.map(({ fact }) => fact)).toEqual(FACTS.slice(0, 5));
  });

  it('drops records from before a restore', async () => {
    await intake.handle(batch([1, 2], 0));
    expect(positions()).toEqual([]);
  });

  it('begins at what is stored where a new generation lacks what it has taken', async () => {
    await intake.handle(batch([1, 2, 3]));
    generation = 2;
    stored = 1;
    await intake.handle(batch([3], 1));
    expect(positions()).toEqual([1, 2, 3]);
    await intake.handle(batch([2], 2));
    await intake.sweep();
    expect(positions()).toEqual([1, 2, 3, 2, 3, 4, 5]);
  });

  it('goes on where it stored that it was, and takes at once what is there', async () => {
    stored = 3;
    intake.assigned([PARTITION]);
    await intake.sweep();
    expect(positions()).toEqual([4, 5]);
  });

  it('takes again what it could not', async () => {
    fails = true;
    await expect(intake.handle(batch([1, 2]))).rejects.toThrow('no database');
    fails = false;
    await intake.handle(batch([1, 2]));
    expect(positions()).toEqual([1, 2]);
  });

  it('finds on a sweep what no record told of, of its own partitions only', async () => {
    await intake.sweep();
    expect(positions()).toEqual([]);
    await intake.handle(batch([1]));
    await intake.sweep();
    expect(positions()).toEqual([1, 2, 3, 4, 5]);
    await intake.revoked([PARTITION]);
    outbox.append(...FACTS.slice(0, 1));
    await intake.sweep();
    expect(positions()).toHaveLength(5);
  });
});

function bug(): never {
  throw new Error('there are facts');
}

function publisher(name: string, send: () => Promise<void> = async () => {}): PublishAccountEvents {
  return new PublishAccountEvents({
    outbox,
    producer: {
      async send<T>(_topic: TopicDefinition<T>, _partition: number, records: readonly OutgoingRecord<T>[]) {
        await send();
        const decoded = records.map(({ value }) => value as AccountEventRecord);
        sent.push(...decoded);
        return 0;
      },
    },
    clock: { now: () => outbox.now, delay: async () => {} },
    publisher: name,
    generation: () => 1,
    published: () => {},
    failed: (error) => failures.push(error),
  });
}

function batch(positions: readonly number[], generation = 1): RecordBatch<AccountEventRecord> {
  const records = positions.map((position, offset) => ({
    partition: PARTITION,
    offset,
    key: ALICE,
    value: recordOf(
      { partition: PARTITION, position, occurredAt: 0, fact: FACTS[position - 1] ?? FACTS[0] ?? bug() },
      generation,
    ),
    headers: {},
    appendedAt: 0,
    byteLength: 1,
  }));
  return { partition: PARTITION, incarnation: 'a', records, signal: new AbortController().signal, done: () => {} };
}
