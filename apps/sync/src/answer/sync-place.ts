/** A place in everything that `/sync` tells one user. */
export interface SyncPlace {
  /** The deployment's generation in which the positions mean something. */
  readonly generation: number;
  /** In each room shard's log; index is the shard. */
  readonly positions: readonly number[];
  /** In the user's own stream. */
  readonly userPosition: number;
  /** Of changes of device lists. */
  readonly deviceLists: number;
  /** In what is not stored; 0 where this process did not tell it. */
  readonly ephemeral: number;
}
