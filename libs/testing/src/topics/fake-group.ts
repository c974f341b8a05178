import { assignPartitions } from '@plexus/topics';

/** A member as the group sees it. */
export interface FakeMember {
  readonly address: string;
  currentOwners(): Promise<ReadonlyMap<number, string>>;
  /** All that is this member's from now on. */
  assign(partitions: readonly number[]): void;
}

/** Divides partitions among members whenever one comes or goes. */
export interface FakeGroup {
  join(member: FakeMember): void;
  leave(member: FakeMember): void;
}

export function createFakeGroup(partitions: readonly number[]): FakeGroup {
  const members = new Set<FakeMember>();
  let changes = 0;

  async function rebalance(): Promise<void> {
    const change = ++changes;
    const [leader] = members;
    if (leader === undefined) return;
    const owners = await leader.currentOwners();
    if (change !== changes) return;
    const shares = assignPartitions(
      partitions,
      [...members].map(({ address }) => address),
      owners,
    );
    for (const member of members) member.assign(shares.get(member.address) ?? []);
  }

  return {
    join(member) {
      members.add(member);
      void rebalance();
    },
    leave(member) {
      members.delete(member);
      void rebalance();
    },
  };
}
