import type { NamedCache } from '@plexus/cache';
import { MatrixError } from '@plexus/matrix-base';
import type { RandomSource } from '@plexus/matrix-base';
import { accessTokenKey, hashAccessToken } from '@plexus/service-shell';
import type { AccessRecord, SessionRepository } from '@plexus/storage';
import { newAccessToken, newDeviceId } from './random-ids.ts';

export interface SessionRequest {
  readonly userId: string;
  readonly deviceId: string | undefined;
  readonly deviceDisplayName: string | undefined;
}

export interface OpenedSession {
  readonly accessToken: string;
  readonly deviceId: string;
}

/** Gives a user a device with a new access token; a device that exists loses its former token. */
export class OpenSession {
  readonly #sessions: SessionRepository;
  readonly #tokens: NamedCache<AccessRecord>;
  readonly #random: RandomSource;

  constructor(sessions: SessionRepository, tokens: NamedCache<AccessRecord>, random: RandomSource) {
    this.#sessions = sessions;
    this.#tokens = tokens;
    this.#random = random;
  }

  async execute(request: SessionRequest): Promise<OpenedSession> {
    const deviceId = request.deviceId ?? newDeviceId(this.#random);
    const accessToken = newAccessToken(this.#random);
    const tokenHash = hashAccessToken(accessToken);
    const { userId, deviceDisplayName } = request;
    const former = request.deviceId === undefined ? [] : await this.#sessions.findTokenHashes(userId, deviceId);
    const { outcome } = await this.#tokens.change([...former, tokenHash].map(accessTokenKey), () =>
      this.#sessions.openSession({ userId, deviceId, deviceDisplayName, tokenHash }),
    );
    if (outcome === 'deactivated') throw new MatrixError('M_USER_DEACTIVATED', 403, 'This account was deactivated');
    return { accessToken, deviceId };
  }
}

/** Throws `M_INVALID_PARAM` for a device id that cannot be stored. */
export function requireDeviceId(deviceId: string | undefined): void {
  const isUsable = deviceId === undefined || (deviceId !== '' && !deviceId.includes('\0'));
  if (!isUsable) throw new MatrixError('M_INVALID_PARAM', 400, 'device_id is empty or has a zero byte in it');
}

/** What is kept of a device's name. */
export function storableName(name: string | undefined): string | undefined {
  return name?.replaceAll('\0', '');
}
