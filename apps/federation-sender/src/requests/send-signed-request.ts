import { isServerName } from '@plexus/matrix-base';
import { buildXMatrix } from '@plexus/matrix-api';
import { encodeBody, parseAnswer, POLICY_SIGN_PATH, targetOf } from '@plexus/remote-servers';
import type { RemoteAnswer, RemoteBytes, RemoteRequest, RemoteServers, Unreachable } from '@plexus/remote-servers';
import type { HostedServerKeys } from '@plexus/storage';
import type { ReachServer } from './reach-server.ts';

export interface SignedRequestRules {
  /** Whether a hosted server federates with another one. */
  readonly allows: (origin: string, destination: string) => boolean;
  /** Where the policy server of a hosted server is, as `host:port`; nothing where it has none. */
  readonly policyAddressOf: (serverName: string) => string | undefined;
  /** Nothing waits longer, whatever the caller would do. */
  readonly longestMs: number;
  /** Nothing longer is read. */
  readonly mostBytes: number;
}

const DEFAULT_BYTES = 8 * 1024 * 1024;

/** Asks another server in the name of a hosted one (https://spec.matrix.org/v1.19/server-server-api/#request-authentication). */
export class SendSignedRequest implements RemoteServers {
  readonly #reach: Pick<ReachServer, 'send'>;
  readonly #keys: Pick<HostedServerKeys, 'findSigningKey'>;
  readonly #rules: SignedRequestRules;

  constructor(
    reach: Pick<ReachServer, 'send'>,
    keys: Pick<HostedServerKeys, 'findSigningKey'>,
    rules: SignedRequestRules,
  ) {
    this.#reach = reach;
    this.#keys = keys;
    this.#rules = rules;
  }

  async request(request: RemoteRequest): Promise<RemoteAnswer> {
    return parseAnswer(await this.requestBytes(request));
  }

  async requestBytes({ body, ...request }: RemoteRequest): Promise<RemoteBytes> {
    return this.send({ ...request, target: targetOf(request), ...(body && { body: encodeBody(body) }) });
  }

  /** As `requestBytes`, of a request whose target and body are encoded. */
  async send(request: EncodedRequest): Promise<RemoteBytes> {
    const { origin, destination, method, target, body, timeoutMs, maxBytes = DEFAULT_BYTES } = request;
    if (!isServerName(destination)) return unreachable('server-name', 'it is no server name');
    // @NOTE A room may have chosen the policy server of one of ours, which is another program.
    const address = target === POLICY_SIGN_PATH ? this.#rules.policyAddressOf(destination) : undefined;
    if (address === undefined && !this.#rules.allows(origin, destination))
      return unreachable('not-allowed', `${origin} has nothing to do with it`);
    const key = this.#keys.findSigningKey(origin);
    if (key === undefined) return unreachable('not-allowed', `${origin} has no key`);
    const content = body && { content: Buffer.from(body).toString() };
    const authorization = buildXMatrix({ method, uri: target, origin, destination, ...content }, key);
    return this.#reach.send({
      destination,
      method,
      target,
      headers: { authorization, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body }),
      ...(address !== undefined && { address }),
      timeoutMs: Math.min(timeoutMs, this.#rules.longestMs),
      maxBytes: Math.min(maxBytes, this.#rules.mostBytes),
    });
  }
}

export interface EncodedRequest extends Pick<
  RemoteRequest,
  'origin' | 'destination' | 'method' | 'timeoutMs' | 'maxBytes'
> {
  readonly target: string;
  /** Canonical JSON. */
  readonly body?: Uint8Array;
}

function unreachable(reason: 'server-name' | 'not-allowed', because: string): Unreachable {
  return { outcome: 'unreachable', reason, because };
}
