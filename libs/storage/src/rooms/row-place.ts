/** A row of a table whose rows are numbered in each room shard. */
export interface RowPlace {
  readonly shard: number;
  readonly nid: number;
}
