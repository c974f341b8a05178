import type { LoggedRow } from '../logged-row.ts';
import type { WantsMember } from '../wants-member.ts';
import type { LogPlace, ShardPlace } from './shard-place.ts';

/**
 * `stored`: it is durable. `moved`: another process has stored another place meanwhile, and nothing more was done. `stopped`: this process stops
 * before it could be stored.
 */
export type DistributionOutcome = 'stored' | 'moved' | 'stopped';

/** What rows of the log come to, and where it is stored how far they are gone through. Broken infrastructure throws. */
export interface LogDistribution {
  readonly wantsMember: WantsMember;
  /** Whether rows may come to anything at present; where not, they are passed over without a look. */
  isNeeded(): boolean;
  /** Where these shards were gone through up to. Those that are left out begin at the end, as those may that were never gone through. */
  openPlaces(shards: readonly number[], end: (shard: number) => LogPlace): Promise<ReadonlyMap<number, LogPlace>>;
  /** The deployment is in a new generation: what was read of the log is of the past. */
  leaveGeneration(): void;
  /** Takes the rows after a place, as they follow each other. What was stored up to a place between them is told to `place`. */
  distribute(place: ShardPlace, rows: readonly LoggedRow[]): Promise<DistributionOutcome>;
  /** Stores a place that has moved past rows which came to nothing. */
  storePlace(place: ShardPlace): Promise<DistributionOutcome>;
}
