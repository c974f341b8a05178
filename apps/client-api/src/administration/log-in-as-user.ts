import type { NamedCache } from '@plexus/cache';
import { MatrixError } from '@plexus/matrix-base';
import type { Clock, RandomSource } from '@plexus/matrix-base';
import { accessTokenKey } from '@plexus/service-shell';
import type { Requester } from '@plexus/service-shell';
import type { AccessRecord, SessionRepository } from '@plexus/storage';
import type { OpenSession } from '../accounts/open-session.ts';
import { requireDeviceId } from '../accounts/open-session.ts';
import { newDeviceId } from '../accounts/random-ids.ts';
import type { FindAdministeredUser } from './find-administered-user.ts';

export interface LogInAsUserPorts {
  readonly sessions: SessionRepository;
  readonly tokens: NamedCache<AccessRecord>;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: RandomSource;
}

/** Gives an administrator a token of a user, on a device that the user sees among their own. */
export class LogInAsUser {
  readonly #findUser: FindAdministeredUser;
  readonly #openSession: OpenSession;
  readonly #ports: LogInAsUserPorts;

  constructor(findUser: FindAdministeredUser, openSession: OpenSession, ports: LogInAsUserPorts) {
    this.#findUser = findUser;
    this.#openSession = openSession;
    this.#ports = ports;
  }

  async execute(
    requester: Requester,
    userId: string,
    { validUntil, deviceId: asked }: { readonly validUntil: number | undefined; readonly deviceId: string | undefined },
  ): Promise<string> {
    const { sessions, tokens, clock, random } = this.#ports;
    requireDeviceId(asked);
    const user = await this.#findUser.toChange(requester, userId);
    if (user.userId === requester.userId) {
      throw new MatrixError('M_UNKNOWN', 400, 'Cannot use admin API to login as self');
    }
    const lifetimeMs = validUntil === undefined ? undefined : validUntil - clock.now();
    if (lifetimeMs !== undefined && lifetimeMs <= 0) {
      throw new MatrixError('M_INVALID_PARAM', 400, '"valid_until_ms" is in the past');
    }
    const deviceId = asked ?? newDeviceId(random);
    const { given, stored } = this.#openSession.newTokens(false);
    const session = { userId, deviceId, deviceDisplayName: `Administrator ${requester.userId}`, ...stored, lifetimeMs };
    const former = await sessions.findTokenHashes(userId, deviceId);
    const keys = [...former, stored.tokenHash].map(accessTokenKey);
    const { outcome } = await tokens.change(keys, () => sessions.openSession(session));
    if (outcome === 'opened') return given.access_token;
    throw new MatrixError('M_USER_DEACTIVATED', 403, 'This account was deactivated');
  }
}
