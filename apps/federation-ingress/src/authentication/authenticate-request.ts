import { parseXMatrix, requestText } from '@plexus/matrix-api';
import type { XMatrixCredentials } from '@plexus/matrix-api';
import { CanonicalJsonError, encodeCanonicalJson, MatrixError, verifyEd25519 } from '@plexus/matrix-base';
import type { Clock, JsonValue } from '@plexus/matrix-base';
import type { KeyRing, VerifyKey } from '@plexus/remote-servers';
import type { HostedServers } from '@plexus/storage';
import { findAddressedServer } from './find-addressed-server.ts';
import type { Parties } from './parties.ts';

/** What of a request is signed, and by whom it says to be. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query, as they came. */
  readonly uri: string;
  readonly authorization: string | undefined;
  /** Names the hosted server where the header does not. */
  readonly host: string | undefined;
  /** The body without any loss; nothing where there is none. */
  readonly body: JsonValue | undefined;
}

export type AuthenticationFault =
  | 'missing-header'
  | 'malformed-header'
  | 'other-destination'
  | 'unknown-key'
  | 'expired-key'
  | 'bad-signature'
  | 'refused-server';

/** Why a request is not believed, for metrics and the log. */
export interface RefusedRequest {
  readonly reason: AuthenticationFault;
  readonly method: string;
  readonly uri: string;
  readonly because: string;
  readonly header?: string;
  readonly origin?: string;
  readonly destination?: string;
  readonly keyId?: string;
  readonly key?: VerifyKey;
}

export interface AuthenticateRequestPorts {
  readonly servers: HostedServers;
  readonly keys: Pick<KeyRing, 'findKeys'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Whether a hosted server lets another one talk to it. */
  isAllowed(parties: Parties): boolean;
  refused(request: RefusedRequest): void;
}

/** Finds out which server sent a request, and to which hosted server (https://spec.matrix.org/v1.19/server-server-api/#request-authentication). */
export class AuthenticateRequest {
  readonly #ports: AuthenticateRequestPorts;

  constructor(ports: AuthenticateRequestPorts) {
    this.#ports = ports;
  }

  /** Throws 401 `M_UNAUTHORIZED`; 400 for a header that cannot be read; 403 `M_FORBIDDEN` for a server that the operator has shut out. */
  async execute(request: SignedRequest): Promise<Parties> {
    const header = this.#readHeader(request);
    const parties = { origin: header.origin, destination: this.#findDestination(request, header) };
    if (!this.#ports.isAllowed(parties)) {
      const because = `${parties.origin} may not talk to ${parties.destination}`;
      throw this.#refuse(request, { reason: 'refused-server', because, ...parties }, 403);
    }
    await this.#checkSignature(request, header, parties);
    return parties;
  }

  #readHeader(request: SignedRequest): XMatrixCredentials {
    const { authorization } = request;
    if (authorization === undefined || !/^x-matrix(?:\s|$)/i.test(authorization)) {
      throw this.#refuse(request, { reason: 'missing-header', because: 'Missing Authorization headers' });
    }
    const header = parseXMatrix(authorization);
    if (header !== undefined) return header;
    const because = 'Malformed Authorization header';
    throw this.#refuse(request, { reason: 'malformed-header', because, header: authorization }, 400);
  }

  /** Old servers name no destination: then the `Host` tells. */
  #findDestination(request: SignedRequest, { origin, destination }: XMatrixCredentials): string {
    const { servers } = this.#ports;
    const named = destination ?? findAddressedServer(servers, request.host)?.serverName;
    if (named !== undefined && servers.isHosted(named)) return named;
    const because = 'The destination in the Authorization header is not hosted here';
    throw this.#refuse(request, { reason: 'other-destination', because, origin, ...(named && { destination: named }) });
  }

  async #checkSignature(
    request: SignedRequest,
    { keyId, signature }: XMatrixCredentials,
    parties: Parties,
  ): Promise<void> {
    const { origin } = parties;
    const key = await this.#findKey(request, keyId, parties);
    if (verifyEd25519({ message: signedText(request, parties), publicKey: key.publicKey, signature })) return;
    const because = `Invalid signature for server ${origin} with key ${keyId}: Unable to verify the signature`;
    throw this.#refuse(request, { reason: 'bad-signature', because, ...parties, keyId, key });
  }

  /** A key that is valid now. Where there is none, another look tells whether it once was. */
  async #findKey(request: SignedRequest, keyId: string, parties: Parties): Promise<VerifyKey> {
    const { keys, clock } = this.#ports;
    const { origin } = parties;
    const valid = (await keys.findKeys(origin, [keyId], { validAt: clock.now() })).get(keyId);
    if (valid !== undefined) return valid;
    const former = (await keys.findKeys(origin, [keyId], {})).get(keyId);
    const because = `Failed to find any key to satisfy: ${keyId} of ${origin}`;
    if (former === undefined) throw this.#refuse(request, { reason: 'unknown-key', because, ...parties, keyId });
    const expired = `${because} (it is not valid any more)`;
    throw this.#refuse(request, { reason: 'expired-key', because: expired, ...parties, keyId, key: former });
  }

  #refuse(
    { method, uri }: SignedRequest,
    fault: Omit<RefusedRequest, 'method' | 'uri'>,
    httpStatus: 400 | 401 | 403 = 401,
  ): MatrixError {
    this.#ports.refused({ ...fault, method, uri });
    return new MatrixError(httpStatus === 403 ? 'M_FORBIDDEN' : 'M_UNAUTHORIZED', httpStatus, fault.because);
  }
}

/** @NOTE A number that this server would write otherwise was signed as it came. */
function signedText({ method, uri, body }: SignedRequest, { origin, destination }: Parties): string {
  const request = { method, uri, origin, destination };
  try {
    return requestText(body === undefined ? request : { ...request, content: encodeCanonicalJson(body, 'any') });
  } catch (error) {
    if (error instanceof CanonicalJsonError) throw new MatrixError('M_BAD_JSON', 400, error.message);
    throw error;
  }
}
