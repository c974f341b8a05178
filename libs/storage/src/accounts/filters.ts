/** Filters that users uploaded (https://spec.matrix.org/v1.19/client-server-api/#filtering). A filter never changes. */
export interface FilterReader {
  /** The JSON that was stored. */
  findFilter(userId: string, filterId: number): Promise<string | undefined>;
}

/** So many filters a user may have. */
export const MAX_FILTERS = 1_000;

export interface FilterRepository extends FilterReader {
  /** Returns the filter's number, counted per user; an equal definition has one number. Nothing where the user has `MAX_FILTERS` others. */
  storeFilter(userId: string, definition: string): Promise<number | undefined>;
}
