import { expect, it } from 'vitest';
import type { SrvRecord } from './dns-resolver.ts';
import { orderSrvRecords } from './order-srv-records.ts';

/** Chance that comes as it is told, round and round. */
function chance(...fractions: number[]) {
  let next = 0;
  return {
    bytes: (length: number) => new Uint8Array(length),
    fraction: () => fractions[next++ % fractions.length] ?? 0,
  };
}

function record(name: string, weight: number, priority = 1): SrvRecord {
  return { name, port: 8448, priority, weight };
}

function namesOf(records: readonly SrvRecord[]): string {
  return records.map(({ name }) => name).join('');
}

it('tries each target once, those of a lower priority first, whatever they weigh', () => {
  const records = [record('c', 100, 20), record('a', 0, 10), record('d', 65_535, 30), record('b', 1, 10)];
  for (const fraction of [0, 0.3, 0.7, 0.999])
    expect(namesOf(orderSrvRecords(records, chance(fraction)))).toMatch(/^(?:ab|ba)cd$/);
});

it('chooses among those of one priority by their weights', () => {
  const records = [record('a', 10), record('b', 30), record('c', 60)];
  const firsts = Array.from({ length: 1_000 }, (_, index) => {
    return namesOf(orderSrvRecords(records, chance(index / 1_000)))[0];
  });
  const shareOf = (name: string): number => firsts.filter((first) => first === name).length;
  for (const { name, weight } of records) expect(Math.abs(shareOf(name) - weight * 10)).toBeLessThanOrEqual(10);
});

it('chooses one without weight seldom, and never leaves it out', () => {
  const records = [record('a', 0), record('b', 10)];
  expect(namesOf(orderSrvRecords(records, chance(0.5)))).toBe('ba');
  expect(namesOf(orderSrvRecords(records, chance(0)))).toBe('ab');
  expect(namesOf(orderSrvRecords([record('a', 0), record('b', 0)], chance(0.999)))).toHaveLength(2);
});
