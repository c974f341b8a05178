import { encodeBody, parseAnswer, REMOTE_FAILURES, targetOf } from '@plexus/remote-servers';
import type {
  KeyFetcher,
  KeyQuery,
  RemoteAnswer,
  RemoteBytes,
  RemoteRequest,
  RemoteServers,
  Unreachable,
  VerifyKey,
} from '@plexus/remote-servers';
import type { ServerKey, SignedRequest, Unanswered } from './generated/plexus/rpc/v1/remote_servers.ts';
import type { SenderRouter } from './sender-router.ts';

const DEFAULT_BYTES = 8 * 1024 * 1024;
/** Beyond the request's own timeout, so that the sender's account of what happened arrives. */
const GRACE_MS = 5_000;
/** A fetch asks the server and then each notary. */
const FETCH_MS = 60_000;

/** Other homeservers, as services see them that open no connections themselves. */
export class RoutedRemoteServers implements RemoteServers, KeyFetcher {
  readonly #router: Pick<SenderRouter, 'run'>;
  readonly #traceparent: () => string;

  constructor(router: Pick<SenderRouter, 'run'>, options: { readonly traceparent?: () => string } = {}) {
    this.#router = router;
    this.#traceparent = options.traceparent ?? (() => '');
  }

  async request(request: RemoteRequest): Promise<RemoteAnswer> {
    return parseAnswer(await this.requestBytes(request));
  }

  async requestBytes(request: RemoteRequest): Promise<RemoteBytes> {
    const message = this.#messageOf(request);
    const { result } = await this.#router.run({
      affinity: request.destination,
      isRepeatable: request.method !== 'POST',
      call: (sender) => sender.request(message, { deadlineMs: request.timeoutMs + GRACE_MS }),
    });
    if (result?.$case !== 'answered') return unreachable(result?.value);
    return { outcome: 'answered', status: result.value.status, bytes: result.value.body };
  }

  async fetchKeys(serverName: string, keyIds: readonly string[], { validAt }: KeyQuery): Promise<readonly VerifyKey[]> {
    const message = { serverName, keyIds: [...keyIds], validAt: validAt === undefined ? undefined : asMoment(validAt) };
    const { keys } = await this.#router.run({
      affinity: serverName,
      isRepeatable: true,
      call: (sender) => sender.fetchKeys(message, { deadlineMs: FETCH_MS }),
    });
    return keys.map(verifyKeyOf);
  }

  #messageOf({ origin, destination, method, body, timeoutMs, maxBytes, ...target }: RemoteRequest): SignedRequest {
    return {
      origin,
      destination,
      method,
      target: targetOf(target),
      body: body && asBuffer(encodeBody(body)),
      timeoutMs: Math.ceil(timeoutMs),
      maxBytes: maxBytes ?? DEFAULT_BYTES,
      traceparent: this.#traceparent(),
    };
  }
}

function unreachable(unanswered: Unanswered | undefined): Unreachable {
  const reason = REMOTE_FAILURES.find((failure) => failure === unanswered?.reason) ?? 'broken';
  return { outcome: 'unreachable', reason, because: unanswered?.because ?? 'no result' };
}

function verifyKeyOf({ keyId, publicKey, validUntil, expiredAt, learnedFrom }: ServerKey): VerifyKey {
  return {
    keyId,
    publicKey,
    validUntil,
    ...(expiredAt !== undefined && { expiredAt }),
    ...(learnedFrom !== undefined && { learnedFrom }),
  };
}

/** Events may claim to be of any time; the wire knows moments from the epoch on. */
function asMoment(claimed: number): number {
  return Math.min(Math.max(0, Math.floor(claimed)), Number.MAX_SAFE_INTEGER);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
