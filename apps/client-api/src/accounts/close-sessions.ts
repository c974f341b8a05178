import type { NamedCache } from '@plexus/cache';
import { accessTokenKey } from '@plexus/service-shell';
import type { AccessRecord, SessionRepository } from '@plexus/storage';

/** Removes devices with their access tokens (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3logout). */
export class CloseSessions {
  readonly #sessions: SessionRepository;
  readonly #tokens: NamedCache<AccessRecord>;

  constructor(sessions: SessionRepository, tokens: NamedCache<AccessRecord>) {
    this.#sessions = sessions;
    this.#tokens = tokens;
  }

  /** One device, or all of the user's. */
  async execute(userId: string, deviceId?: string): Promise<void> {
    const hashes = await this.#sessions.findTokenHashes(userId, deviceId);
    const removed = await this.#tokens.change(hashes.map(accessTokenKey), () =>
      this.#sessions.removeDevices(userId, deviceId),
    );
    // A device that logged in between the look-up and the removal.
    const missed = removed.map(accessTokenKey).filter((key) => !hashes.map(accessTokenKey).includes(key));
    if (missed.length > 0) await this.#tokens.change(missed, async () => undefined);
  }
}
