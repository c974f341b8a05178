/**
 * Which member gets which partition. Every partition has a member, no member has more than one partition more than another, and a
 * partition changes its member only where one of the two would break otherwise: its owner is gone, or has more than its share.
 *
 * Members without an entry in `owners` begin with nothing. The outcome depends on the arguments alone, not on the order of `members`.
 */
export function assignPartitions(
  partitions: readonly number[],
  members: readonly string[],
  owners: ReadonlyMap<number, string>,
): Map<string, number[]> {
  const shares = new Map(members.toSorted().map((member): [string, number[]] => [member, []]));
  if (shares.size === 0) return shares;
  const homeless: number[] = [];
  for (const partition of partitions.toSorted((a, b) => a - b)) {
    const own = shares.get(owners.get(partition) ?? '');
    (own ?? homeless).push(partition);
  }
  homeless.push(...takeSurplus(shares, partitions.length));
  for (const partition of homeless) smallestShare(shares).push(partition);
  for (const share of shares.values()) share.sort((a, b) => a - b);
  return shares;
}

/** The members with most keep the larger shares, where the partitions cannot be divided evenly. */
function takeSurplus(shares: ReadonlyMap<string, number[]>, partitionCount: number): number[] {
  const smaller = Math.floor(partitionCount / shares.size);
  let largerLeft = partitionCount % shares.size;
  const fullest = [...shares.values()].toSorted((a, b) => b.length - a.length);
  return fullest.flatMap((share) => {
    const isLarger = largerLeft > 0 && share.length > smaller;
    if (isLarger) largerLeft -= 1;
    return share.splice(smaller + (isLarger ? 1 : 0));
  });
}

function smallestShare(shares: ReadonlyMap<string, number[]>): number[] {
  return [...shares.values()].reduce((smallest, share) => (share.length < smallest.length ? share : smallest));
}
