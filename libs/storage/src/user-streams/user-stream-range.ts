/** A part of a user's stream; `after` is exclusive. */
export interface UserStreamRange {
  readonly after: number;
  readonly upTo: number;
}
