import { hash } from 'node:crypto';
import type { CacheCodec, NamedCache } from '@plexus/cache';
import { MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import type { AccessRecord, AccessTokenReader, HostedServers } from '@plexus/storage';
import { findAccessToken } from './find-access-token.ts';
import type { TokenBearer } from './find-access-token.ts';

/** Who makes a request. */
export interface Requester extends AccessRecord {
  /** The hosted server of the user, whichever `Host` the request names. */
  readonly serverName: string;
  /** SHA-256 of the token. */
  readonly tokenHash: Buffer;
}

/** How access tokens are kept in the cache `access_tokens`, by the hash of the token. */
export const accessRecordCodec: CacheCodec<AccessRecord> = {
  encode: (record) => Buffer.from(JSON.stringify(record)),
  decode: (bytes) => JSON.parse(Buffer.from(bytes).toString('utf8')) as AccessRecord,
};

/** The key of a token in the cache `access_tokens`: who takes tokens away names these in `change`. */
export function accessTokenKey(tokenHash: Buffer): string {
  return tokenHash.toString('base64');
}

/** Hears which access tokens are used. */
export interface TokenUses {
  /** The first use of a token that came by a refresh: the device's former tokens are to go before the request goes on. */
  confirm(tokenHash: Buffer, access: AccessRecord): Promise<void>;
  /** Called with every request: it must cost next to nothing. */
  seen(access: AccessRecord, request: TokenBearer): void;
}

export interface AuthenticatorOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly uses: TokenUses;
}

export interface AccessRules {
  /** Whether the endpoint is for locked accounts too. */
  readonly allowsLocked?: boolean;
}

/** Finds out who makes a request, by its access token. Where the token is cached, no query is made. */
export class Authenticator {
  readonly #tokens: AccessTokenReader;
  readonly #cache: NamedCache<AccessRecord>;
  readonly #servers: HostedServers;
  readonly #options: AuthenticatorOptions;

  constructor(
    tokens: AccessTokenReader,
    cache: NamedCache<AccessRecord>,
    servers: HostedServers,
    options: AuthenticatorOptions,
  ) {
    this.#tokens = tokens;
    this.#cache = cache;
    this.#servers = servers;
    this.#options = options;
  }

  /**
   * Throws 401 `M_MISSING_TOKEN`, `M_UNKNOWN_TOKEN` (softly for one that has expired) or `M_USER_LOCKED`, and 403 `M_FORBIDDEN` where the user's
   * server is suspended.
   */
  async authenticate(request: TokenBearer, { allowsLocked = false }: AccessRules = {}): Promise<Requester> {
    const token = findAccessToken(request);
    if (token === undefined) throw new MatrixError('M_MISSING_TOKEN', 401, 'Missing access token');
    const tokenHash = hashAccessToken(token);
    const key = accessTokenKey(tokenHash);
    const access = this.#cache.peek(key) ?? (await this.#cache.get(key, () => this.#tokens.findAccess(tokenHash)));
    if (access === undefined) throw unknownToken('Unrecognized access token', false);
    const { clock, uses } = this.#options;
    if (access.expiresAt !== undefined && access.expiresAt <= clock.now()) {
      throw unknownToken('The access token has expired', true);
    }
    const serverName = serverNameOf(access.userId);
    requireActiveServer(this.#servers, serverName);
    if (access.isLocked === true && !allowsLocked) throw userLocked();
    if (access.isUnconfirmed === true) await uses.confirm(tokenHash, access);
    uses.seen(access, request);
    return { ...access, serverName, tokenHash };
  }
}

function unknownToken(message: string, isSoft: boolean): MatrixError {
  return new MatrixError('M_UNKNOWN_TOKEN', 401, message, { soft_logout: isSoft });
}

/** https://spec.matrix.org/v1.19/client-server-api/#account-locking */
export function userLocked(): MatrixError {
  return new MatrixError('M_USER_LOCKED', 401, 'This account has been locked', { soft_logout: true });
}

/** What is stored of an access token. */
export function hashAccessToken(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

/** Throws 403 `M_FORBIDDEN` unless the server is hosted here and active. */
export function requireActiveServer(servers: HostedServers, serverName: string): void {
  const status = servers.find(serverName)?.status;
  if (status === 'active') return;
  throw new MatrixError('M_FORBIDDEN', 403, `The server ${serverName} is ${status ?? 'not hosted here any more'}`);
}
