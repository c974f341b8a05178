import type { NamedCache } from '@plexus/cache';
import { MatrixError } from '@plexus/matrix-base';
import type { RandomSource } from '@plexus/matrix-base';
import { accessTokenKey, hashAccessToken } from '@plexus/service-shell';
import type { AccessRecord, NewTokens, SessionRepository } from '@plexus/storage';
import { hashToken } from './hash-token.ts';
import { newAccessToken, newDeviceId, newRefreshToken } from './random-ids.ts';

export interface SessionRequest {
  readonly userId: string;
  readonly deviceId: string | undefined;
  readonly deviceDisplayName: string | undefined;
  /** Whether the client can refresh its tokens. */
  readonly canRefresh?: boolean | undefined;
}

/** Tokens as the answers of `/login`, `/register` and `/refresh` have them. */
export interface GivenTokens {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly expires_in_ms?: number;
}

/** How long tokens are good; nothing: for ever. */
export interface TokenLifetimes {
  readonly accessTokenMs: number | undefined;
  readonly refreshableAccessTokenMs: number | undefined;
  readonly refreshTokenMs: number | undefined;
}

export interface OpenSessionPorts {
  readonly sessions: SessionRepository;
  readonly tokens: NamedCache<AccessRecord>;
  readonly random: RandomSource;
  /** Nobody logs in as them. */
  readonly isNoticesUser: (userId: string) => boolean;
}

/** Gives a user a device with new tokens; a device that exists loses its former ones. */
export class OpenSession {
  readonly #ports: OpenSessionPorts;
  readonly #lifetimes: TokenLifetimes;

  constructor(ports: OpenSessionPorts, lifetimes: TokenLifetimes) {
    this.#ports = ports;
    this.#lifetimes = lifetimes;
  }

  async execute(request: SessionRequest): Promise<GivenTokens & { readonly device_id: string }> {
    const { sessions, tokens, random, isNoticesUser } = this.#ports;
    if (isNoticesUser(request.userId)) throw new MatrixError('M_FORBIDDEN', 403, 'Nobody can log in as this user');
    const deviceId = request.deviceId ?? newDeviceId(random);
    const { given, stored } = this.newTokens(request.canRefresh === true);
    const { userId, deviceDisplayName } = request;
    const former = request.deviceId === undefined ? [] : await sessions.findTokenHashes(userId, deviceId);
    const { outcome } = await tokens.change([...former, stored.tokenHash].map(accessTokenKey), () =>
      sessions.openSession({ userId, deviceId, deviceDisplayName, ...stored }),
    );
    if (outcome === 'deactivated') throw new MatrixError('M_USER_DEACTIVATED', 403, 'This account was deactivated');
    if (outcome === 'device-id-is-key') throw new MatrixError('M_FORBIDDEN', 403, 'The device id is a key of the user');
    return { ...given, device_id: deviceId };
  }

  /** Tokens, and what is stored of them. */
  newTokens(canRefresh: boolean): { readonly given: GivenTokens; readonly stored: NewTokens } {
    const { accessTokenMs, refreshableAccessTokenMs, refreshTokenMs } = this.#lifetimes;
    const lifetimeMs = canRefresh ? refreshableAccessTokenMs : accessTokenMs;
    const accessToken = newAccessToken(this.#ports.random);
    const refreshToken = canRefresh ? newRefreshToken(this.#ports.random) : undefined;
    return {
      given: {
        access_token: accessToken,
        ...(refreshToken !== undefined && { refresh_token: refreshToken }),
        ...(lifetimeMs !== undefined && { expires_in_ms: lifetimeMs }),
      },
      stored: {
        tokenHash: hashAccessToken(accessToken),
        lifetimeMs,
        refreshToken:
          refreshToken === undefined ? undefined : { tokenHash: hashToken(refreshToken), lifetimeMs: refreshTokenMs },
      },
    };
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
