import type { Clock } from '@plexus/matrix-base';
import { assignPartitions } from '@plexus/topics';
import type { GroupMember, PartitionAssigner } from 'kafkajs';
import { AssignerProtocol } from 'kafkajs';

export interface StickyAssignerOptions {
  /** What the owners' table calls this member. */
  readonly address: string;
  readonly currentOwners: () => Promise<ReadonlyMap<number, string>>;
  readonly clock: Clock;
  readonly failed: (error: unknown) => void;
}

const NAME = 'plexus-sticky';
const VERSION = 1;
const OWNERS_WITHIN_MS = 1_000;

/**
 * Divides partitions by the table of their owners, so that a member that comes or goes moves only what must move. Each member tells
 * the others its address; the leader of the group reads the table and divides for all.
 */
export function createStickyAssigner(options: StickyAssignerOptions): PartitionAssigner {
  let lastOwners: ReadonlyMap<number, string> = new Map();

  /** @NOTE The group waits while its leader thinks: where the table cannot be read soon, what it said last has to do. */
  async function readOwners(): Promise<ReadonlyMap<number, string>> {
    const given = new AbortController();
    const tooLate = options.clock.delay(OWNERS_WITHIN_MS, given.signal).then(() => lastOwners);
    const read = options.currentOwners().catch((error: unknown) => {
      options.failed(error);
      return lastOwners;
    });
    lastOwners = await Promise.race([read, tooLate]);
    given.abort();
    return lastOwners;
  }

  return ({ cluster }) => ({
    name: NAME,
    version: VERSION,
    protocol: ({ topics }) => ({
      name: NAME,
      metadata: AssignerProtocol.MemberMetadata.encode({
        version: VERSION,
        topics,
        userData: Buffer.from(options.address),
      }),
    }),
    async assign({ members, topics }) {
      const owners = memberIdsOf(await readOwners(), members);
      const ids = members.map(({ memberId }) => memberId);
      const shares = topics.map((topic) => {
        const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
        return { topic, shares: assignPartitions(partitions, ids, owners) };
      });
      return ids.map((memberId) => ({ memberId, memberAssignment: encodeAssignment(memberId, shares) }));
    },
  });
}

interface TopicShares {
  readonly topic: string;
  readonly shares: ReadonlyMap<string, number[]>;
}

function encodeAssignment(memberId: string, shares: readonly TopicShares[]): Buffer {
  const assignment = Object.fromEntries(shares.map(({ topic, shares: own }) => [topic, own.get(memberId) ?? []]));
  return AssignerProtocol.MemberAssignment.encode({ version: VERSION, assignment, userData: Buffer.alloc(0) });
}

function memberIdsOf(owners: ReadonlyMap<number, string>, members: readonly GroupMember[]): Map<number, string> {
  const idByAddress = new Map(members.map(({ memberId, memberMetadata }) => [addressOf(memberMetadata), memberId]));
  return new Map(
    [...owners].flatMap(([partition, address]): [number, string][] => {
      const memberId = idByAddress.get(address);
      return memberId === undefined ? [] : [[partition, memberId]];
    }),
  );
}

function addressOf(metadata: Buffer): string {
  return AssignerProtocol.MemberMetadata.decode(metadata)?.userData.toString() ?? '';
}
