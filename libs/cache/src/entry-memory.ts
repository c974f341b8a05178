/** What an entry takes for its place in the cache. */
const PLACE_BYTES = 250;

/** About what an entry takes in a process whose value has so many bytes when it is encoded, with its key: an object takes about twice as much. */
export function entryMemory(encodedBytes: number): number {
  return 2 * encodedBytes + PLACE_BYTES;
}
