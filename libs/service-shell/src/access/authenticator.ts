import { hash } from 'node:crypto';
import type { Appservice, AppserviceRegistry } from '@plexus/appservices';
import type { CacheCodec, NamedCache } from '@plexus/cache';
import { MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import type { AccessRecord, AccessTokenReader, HostedServers } from '@plexus/storage';
import { rememberUser } from '../logging/request-context.ts';
import { readAssertedIdentity } from './asserted-identity.ts';
import { serveFor } from '../http/listener.ts';
import { findAccessToken } from './find-access-token.ts';
import type { TokenBearer } from './find-access-token.ts';
import type { UsageGate } from './usage-gate.ts';
import { findAppserviceServer } from './find-appservice-server.ts';
import type { UsageLimit } from '../notices/usage-limit.ts';

/** Who makes a request. */
export interface Requester extends AccessRecord {
  /** The hosted server of the user, whichever `Host` the request names. */
  readonly serverName: string;
  /** SHA-256 of the token. */
  readonly tokenHash: Buffer;
  /** The id of the application service that acts as the user. */
  readonly appserviceId?: string;
  /** Nothing that the user does is limited in how often it is done. */
  readonly isUnlimited?: boolean;
  /** Keeps the user from what makes a user active: their server has as many as it may have. */
  readonly exceededLimit?: UsageLimit;
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

/** The key of a user whom an application service acts as, in the cache `access_tokens`: who changes what users may do, or takes devices away, names it in `change`. */
export function assertedUserKey(userId: string): string {
  return userId;
}

/** Hears which access tokens are used. */
export interface TokenUses {
  /** The first use of a token that came by a refresh: the device's former tokens are to go before the request goes on. */
  confirm(tokenHash: Buffer, access: AccessRecord): Promise<void>;
  /** Called with every request: it must cost next to nothing. */
  seen(access: AccessRecord, request: TokenBearer): void;
}

/** Hears of the token of an application service that came from an address which it does not allow. */
export type ReportBlockedAppservice = (appserviceId: string, address: string) => void;

export interface AuthenticatorOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly uses: TokenUses;
  readonly appservices: Pick<AppserviceRegistry, 'findByToken'>;
  readonly appserviceBlocked: ReportBlockedAppservice;
  /** Users who send notices of their servers: nobody acts as them. */
  readonly isNoticesUser: (userId: string) => boolean;
  readonly usage: Pick<UsageGate, 'check'>;
  /** Hears of each request of a user of this hosted server. */
  readonly requested?: ((serverName: string) => void) | undefined;
  /** Is told for which hosted server a request is; it may let the request wait, or throw. */
  readonly admit?: (serverName: string, request: TokenBearer) => Promise<void> | undefined;
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
    const tokenHash = hashAccessToken(requireToken(request));
    const appservice = this.#findAppservice(tokenHash, request);
    if (appservice !== undefined) return this.#authenticateAppservice(appservice, request, { tokenHash, allowsLocked });
    const key = accessTokenKey(tokenHash);
    const access = this.#cache.peek(key) ?? (await this.#cache.get(key, () => this.#tokens.findAccess(tokenHash)));
    if (access === undefined) throw unknownToken('Unrecognized access token', false);
    const { clock, uses } = this.#options;
    if (access.expiresAt !== undefined && access.expiresAt <= clock.now()) {
      throw unknownToken('The access token has expired', true);
    }
    const requester = this.#admit(access, tokenHash, allowsLocked);
    if (access.isUnconfirmed === true) await uses.confirm(tokenHash, access);
    const checked = this.#options.usage.check(access, requester.serverName);
    const exceededLimit = checked && (await checked);
    if (exceededLimit !== undefined) return this.#letIn({ ...requester, exceededLimit }, request);
    uses.seen(access, request);
    return this.#letIn(requester, request);
  }

  /**
   * The application service itself, whomever it acts as. Throws 401 `M_MISSING_TOKEN`, and `M_UNKNOWN_TOKEN` where the token is no application
   * service's or comes from an address that it does not allow.
   */
  requireAppservice(request: TokenBearer): Appservice {
    const appservice = this.findAppservice(request);
    if (appservice === undefined) throw unknownToken('Unrecognized access token', false);
    return appservice;
  }

  /** As `requireAppservice`; nothing where the token is no application service's. */
  findAppservice(request: TokenBearer): Appservice | undefined {
    return this.#findAppservice(hashAccessToken(requireToken(request)), request);
  }

  /** The hosted server that its request is for; nothing where that cannot be said. */
  findServerOf(appservice: Appservice, { headers }: TokenBearer): string | undefined {
    return findAppserviceServer(this.#servers, appservice, headers.host);
  }

  /** @NOTE From elsewhere the token is nobody's, so that who stole it does not learn that it is a token. */
  #findAppservice(tokenHash: Buffer, { clientAddress = '' }: TokenBearer): Appservice | undefined {
    const { appservices, appserviceBlocked } = this.#options;
    const appservice = appservices.findByToken(tokenHash);
    if (appservice === undefined || appservice.allowsAddress(clientAddress)) return appservice;
    appserviceBlocked(appservice.id, clientAddress);
    throw unknownToken('Unrecognized access token', false);
  }

  /** https://spec.matrix.org/v1.19/application-service-api/#identity-assertion */
  async #authenticateAppservice(
    appservice: Appservice,
    request: TokenBearer,
    { tokenHash, allowsLocked }: { readonly tokenHash: Buffer; readonly allowsLocked: boolean },
  ): Promise<Requester> {
    const asserted = readAssertedIdentity(request);
    const userId = asserted.userId ?? this.#senderOf(appservice, request);
    if (!appservice.coversUser(userId) || this.#options.isNoticesUser(userId)) {
      throw new MatrixError('M_FORBIDDEN', 403, 'The application service cannot act as this user');
    }
    const key = assertedUserKey(userId);
    const access = this.#cache.peek(key) ?? (await this.#cache.get(key, () => this.#tokens.findUserAccess(userId)));
    if (access === undefined) {
      throw new MatrixError('M_FORBIDDEN', 403, 'The application service has not registered this user');
    }
    const { deviceId = '' } = asserted;
    const { devices = [], ...ofUser } = access;
    // A device that is not known is looked up: it may be new.
    const isKnown = deviceId === '' || devices.includes(deviceId);
    if (!isKnown && !(await this.#tokens.hasDevice(userId, deviceId))) {
      throw new MatrixError('M_UNKNOWN_DEVICE', 400, 'The user has no device with this id');
    }
    const requester = this.#admit({ ...ofUser, deviceId }, tokenHash, allowsLocked);
    this.#options.uses.seen(requester, request);
    const isUnlimited = !appservice.settings.isRateLimited || appservice.isSender(userId);
    return this.#letIn({ ...requester, appserviceId: appservice.id, isUnlimited, isExemptFromConsent: true }, request);
  }

  async #letIn(requester: Requester, request: TokenBearer): Promise<Requester> {
    serveFor(request, requester.serverName);
    const admitted = this.#options.admit?.(requester.serverName, request);
    if (admitted !== undefined) await admitted;
    return requester;
  }

  #senderOf(appservice: Appservice, request: TokenBearer): string {
    const serverName = this.findServerOf(appservice, request);
    if (serverName === undefined) throw severalServers();
    return appservice.senderOn(serverName);
  }

  #admit(access: AccessRecord, tokenHash: Buffer, allowsLocked: boolean): Requester {
    const serverName = serverNameOf(access.userId);
    rememberUser(access.userId);
    requireActiveServer(this.#servers, serverName);
    this.#options.requested?.(serverName);
    if (access.isLocked === true && !allowsLocked) throw userLocked();
    return { ...access, serverName, tokenHash };
  }
}

/** Of the hosted servers that an application service has to do with, the request names none. */
export function severalServers(): MatrixError {
  return new MatrixError(
    'M_INVALID_PARAM',
    400,
    'Which of the hosted servers is meant? The request names none of them',
  );
}

function requireToken(request: TokenBearer): string {
  const token = findAccessToken(request);
  if (token === undefined) throw new MatrixError('M_MISSING_TOKEN', 401, 'Missing access token');
  return token;
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
