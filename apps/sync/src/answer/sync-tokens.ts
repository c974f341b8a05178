import { decodeSyncToken, encodeSyncToken } from '@plexus/matrix-api';
import type { SyncToken } from '@plexus/matrix-api';

/** So many of the last tokens that were given out are remembered. */
const REMEMBERED = 2_000;

/**
 * Writes tokens, and reads those that clients bring back: most bring what somebody was given a moment ago. Those who were given the same
 * then share it, its positions above all.
 */
export class SyncTokens {
  readonly #given = new Map<string, SyncToken>();

  write(token: SyncToken): string {
    const text = encodeSyncToken(token);
    if (this.#given.has(text)) return text;
    this.#given.set(text, token);
    const oldest = this.#given.size > REMEMBERED ? this.#given.keys().next().value : undefined;
    if (oldest !== undefined) this.#given.delete(oldest);
    return text;
  }

  /** Nothing for a text that is no token. */
  read(text: string): SyncToken | undefined {
    return this.#given.get(text) ?? decodeSyncToken(text);
  }
}
