import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignPartitions } from './assign-partitions.ts';

const partitions = Array.from({ length: 8 }, (_, index) => index);

function ownersOf(shares: ReadonlyMap<string, readonly number[]>): Map<number, string> {
  return new Map([...shares].flatMap(([member, own]) => own.map((partition): [number, string] => [partition, member])));
}

function movesBetween(before: ReadonlyMap<number, string>, after: ReadonlyMap<number, string>): number {
  return [...after].filter(([partition, owner]) => before.get(partition) !== owner).length;
}

describe('assignPartitions', () => {
  it('divides evenly at first', () => {
    const shares = assignPartitions(partitions, ['a', 'b', 'c'], new Map());
    expect([...shares.values()].map((share) => share.length)).toEqual([3, 3, 2]);
  });

  it('moves to a newcomer only its share', () => {
    const before = ownersOf(assignPartitions(partitions, ['a', 'b'], new Map()));
    const after = ownersOf(assignPartitions(partitions, ['a', 'b', 'c'], before));
    expect(movesBetween(before, after)).toBe(2);
  });

  it('moves only the partitions of a member that left', () => {
    const before = ownersOf(assignPartitions(partitions, ['a', 'b', 'c'], new Map()));
    const left = [...before.values()].filter((owner) => owner === 'b').length;
    expect(movesBetween(before, ownersOf(assignPartitions(partitions, ['a', 'c'], before)))).toBe(left);
  });

  it('has nothing to say to nobody', () => {
    expect(assignPartitions(partitions, [], new Map()).size).toBe(0);
  });

  it('gives each partition to one member, evenly, moving as few as evenness allows', () => {
    const member = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'gone');
    const members = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1 });
    const owners = fc.dictionary(fc.integer({ min: 0, max: 63 }).map(String), member);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), members, owners, (count, present, table) => {
        const all = Array.from({ length: count }, (_, index) => index);
        const before = new Map(
          Object.entries(table).map(([partition, owner]): [number, string] => [Number(partition), owner]),
        );
        const shares = assignPartitions(all, present, before);
        expect([...shares.values()].flat().toSorted((a, b) => a - b)).toEqual(all);
        const sizes = [...shares.values()].map((share) => share.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        const kept = [...ownersOf(shares)].filter(([partition, owner]) => before.get(partition) === owner).length;
        expect(kept).toBe(mostThatCanStay(all, present, before));
        expect(assignPartitions(all, present.toReversed(), before)).toEqual(shares);
      }),
    );
  });
});

/** With shares of ⌊n/m⌋ and n mod m larger ones by one, for the members that own most. */
function mostThatCanStay(
  all: readonly number[],
  members: readonly string[],
  owners: ReadonlyMap<number, string>,
): number {
  const owned = members.map((member) => all.filter((partition) => owners.get(partition) === member).length);
  const smaller = Math.floor(all.length / members.length);
  const withLarger = owned.filter((count) => count > smaller).length;
  const kept = owned.reduce((sum, count) => sum + Math.min(count, smaller), 0);
  return kept + Math.min(withLarger, all.length % members.length);
}
