/** Filters that users uploaded (https://spec.matrix.org/v1.19/client-server-api/#filtering). A filter never changes. */
export interface FilterReader {
  /** The JSON that was stored. */
  findFilter(userId: string, filterId: number): Promise<string | undefined>;
}

export interface FilterRepository extends FilterReader {
  /** Returns the filter's number, counted per user; an equal definition has one number. */
  storeFilter(userId: string, definition: string): Promise<number>;
}
