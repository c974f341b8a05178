import type { NamedCache } from '@plexus/cache';
import { MatrixError, serverNameOf } from '@plexus/matrix-base';
import { accessTokenKey, requireActiveServer, userLocked } from '@plexus/service-shell';
import type { AccessRecord, HostedServers, SessionRepository, UserRepository } from '@plexus/storage';
import { hashToken } from './hash-token.ts';
import type { GivenTokens, OpenSession } from './open-session.ts';

export interface RefreshSessionPorts {
  readonly sessions: SessionRepository;
  readonly users: UserRepository;
  readonly servers: HostedServers;
  readonly tokens: NamedCache<AccessRecord>;
}

/** Gives new tokens for a refresh token (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3refresh). */
export class RefreshSession {
  readonly #ports: RefreshSessionPorts;
  readonly #openSession: OpenSession;

  constructor(ports: RefreshSessionPorts, openSession: OpenSession) {
    this.#ports = ports;
    this.#openSession = openSession;
  }

  /** Throws 401 `M_UNKNOWN_TOKEN`, softly where the token has expired only. */
  async execute(refreshToken: string): Promise<GivenTokens> {
    const { sessions, tokens } = this.#ports;
    const { given, stored } = this.#openSession.newTokens(true);
    const refreshed = await tokens.change([accessTokenKey(stored.tokenHash)], () =>
      sessions.refreshSession(hashToken(refreshToken), stored),
    );
    if (refreshed.replaced.length > 0) {
      await tokens.change(refreshed.replaced.map(accessTokenKey), async () => undefined);
    }
    if (refreshed.outcome !== 'refreshed') {
      const isSoft = refreshed.outcome === 'expired';
      throw new MatrixError('M_UNKNOWN_TOKEN', 401, 'Unrecognized refresh token', { soft_logout: isSoft });
    }
    await this.#requireUsable(refreshed.userId);
    return given;
  }

  /** What was stored for somebody who is refused lies unused until the next refresh. */
  async #requireUsable(userId: string): Promise<void> {
    requireActiveServer(this.#ports.servers, serverNameOf(userId));
    const user = await this.#ports.users.findUser(userId);
    if (user?.isLocked === true) throw userLocked();
  }
}
