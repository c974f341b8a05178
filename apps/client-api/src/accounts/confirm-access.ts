import type { NamedCache } from '@plexus/cache';
import { accessTokenKey } from '@plexus/service-shell';
import type { AccessRecord, SessionRepository } from '@plexus/storage';

/** Takes a device's former tokens away when the first use shows that the client has the new ones. */
export class ConfirmAccess {
  readonly #sessions: SessionRepository;
  readonly #tokens: NamedCache<AccessRecord>;

  constructor(sessions: SessionRepository, tokens: NamedCache<AccessRecord>) {
    this.#sessions = sessions;
    this.#tokens = tokens;
  }

  async execute(tokenHash: Buffer): Promise<void> {
    const gone = await this.#tokens.change([accessTokenKey(tokenHash)], () => this.#sessions.confirmAccess(tokenHash));
    if (gone.length > 0) await this.#tokens.change(gone.map(accessTokenKey), async () => undefined);
  }
}
