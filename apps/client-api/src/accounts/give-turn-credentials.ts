import { createHmac } from 'node:crypto';
import type { TurnServerResponse } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';

export interface TurnSettings {
  readonly uris: readonly string[];
  /** Shared with the TURN servers; without it everybody gets the fixed credentials. */
  readonly sharedSecret: () => string | undefined;
  readonly fixed: { readonly username: string | undefined; readonly password: () => string | undefined };
  readonly lifetimeMs: number;
  readonly allowsGuests: boolean;
}

/** Gives a user credentials for the TURN servers (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3voipturnserver). */
export class GiveTurnCredentials {
  readonly #settings: TurnSettings | undefined;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(settings: TurnSettings | undefined, clock: Pick<Clock, 'now'>) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** Throws 404 where there is no TURN server. */
  execute({ userId, isGuest }: Requester): TurnServerResponse {
    const settings = this.#settings;
    if (settings === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'There is no TURN server');
    if (isGuest && !settings.allowsGuests)
      throw new MatrixError('M_GUEST_ACCESS_FORBIDDEN', 403, 'Guests cannot use the TURN servers');
    const ttl = Math.floor(settings.lifetimeMs / 1_000);
    return { ...this.#credentialsOf(userId, settings, ttl), uris: settings.uris, ttl };
  }

  /** The user name says until when the credentials are good, as the TURN REST API has it. */
  #credentialsOf(
    userId: string,
    { sharedSecret, fixed }: TurnSettings,
    ttl: number,
  ): { readonly username: string; readonly password: string } {
    const secret = sharedSecret();
    if (secret === undefined) return { username: fixed.username ?? '', password: fixed.password() ?? '' };
    const username = `${Math.floor(this.#clock.now() / 1_000) + ttl}:${userId}`;
    return { username, password: createHmac('sha1', secret).update(username).digest('base64') };
  }
}
