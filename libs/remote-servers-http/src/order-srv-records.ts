import type { RandomSource } from '@plexus/matrix-base';
import type { SrvRecord } from './dns-resolver.ts';

/** The order in which targets are tried: by priority, within one by chance according to their weights (RFC 2782). */
export function orderSrvRecords(records: readonly SrvRecord[], random: RandomSource): SrvRecord[] {
  const byPriority = Map.groupBy(records, ({ priority }) => priority);
  return [...byPriority].toSorted(([one], [other]) => one - other).flatMap(([, same]) => orderByWeight(same, random));
}

function orderByWeight(records: readonly SrvRecord[], random: RandomSource): SrvRecord[] {
  const left = records.toSorted((one, other) => one.weight - other.weight);
  const ordered: SrvRecord[] = [];
  while (left.length > 0) {
    const sum = left.reduce((total, { weight }) => total + weight, 0);
    let place = Math.floor(random.fraction() * (sum + 1));
    const index = left.findIndex(({ weight }) => (place -= weight) <= 0);
    ordered.push(...left.splice(Math.max(index, 0), 1));
  }
  return ordered;
}
