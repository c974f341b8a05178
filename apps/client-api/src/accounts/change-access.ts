import type { NamedCache } from '@plexus/cache';
import { accessTokenKey, assertedUserKey } from '@plexus/service-shell';
import type { AccessRecord, SessionRepository } from '@plexus/storage';

/** Changes what a user's access tokens open, so that every replica knows it at once. */
export class ChangeAccess {
  readonly #sessions: SessionRepository;
  readonly #tokens: NamedCache<AccessRecord>;

  constructor(sessions: SessionRepository, tokens: NamedCache<AccessRecord>) {
    this.#sessions = sessions;
    this.#tokens = tokens;
  }

  /** `commit` returns the hashes of the tokens that it took away, if it took any. */
  async execute<T>(
    { userId, deviceId }: { readonly userId: string; readonly deviceId?: string | undefined },
    commit: () => Promise<{ readonly gone: readonly Buffer[]; readonly result: T }>,
  ): Promise<T> {
    const hashes = await this.#sessions.findTokenHashes(userId, deviceId);
    // Who acts as the user without a token of theirs may do so with any of the devices.
    const keys = [...hashes.map(accessTokenKey), assertedUserKey(userId)];
    const { gone, result } = await this.#tokens.change(keys, commit);
    // Tokens that came between the look-up and the commit.
    const missed = gone.map(accessTokenKey).filter((key) => !keys.includes(key));
    if (missed.length > 0) await this.#tokens.change(missed, async () => undefined);
    return result;
  }
}
