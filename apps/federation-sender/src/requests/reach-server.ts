import type { Clock } from '@plexus/matrix-base';

import type {
  OutboundAnswer,
  OutboundHttp,
  RemoteFailure,
  RemoteRequest,
  ServerDiscovery,
  Unreachable,
} from '@plexus/remote-servers';

/** A request as it goes out: nothing of it is decided any more but where to. */
export interface PreparedRequest extends Pick<RemoteRequest, 'destination' | 'method' | 'timeoutMs'> {
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly maxBytes: number;
  /** As `host:port`, where it does not go to where the destination is found. */
  readonly address?: string;
}

export interface ReachServerOptions {
  readonly discovery: ServerDiscovery;
  readonly http: OutboundHttp;
  readonly clock: Clock;
  readonly userAgent: string;
}

/** The other side has not seen the request: it may go to the server's next address. */
const UNSENT: ReadonlySet<RemoteFailure> = new Set(['discovery', 'ip-range', 'connect', 'tls']);

/** Finds a server and hands it a request, at the first of its addresses that can be connected to, within the request's time. */
export class ReachServer {
  readonly #options: ReachServerOptions;

  constructor(options: ReachServerOptions) {
    this.#options = options;
  }

  async send(request: PreparedRequest): Promise<OutboundAnswer> {
    const { clock, http, discovery, userAgent } = this.#options;
    const deadline = clock.now() + request.timeoutMs;
    const { destination, address } = request;
    const discovered =
      address === undefined
        ? await this.#inTime(discovery.discover(destination), request.timeoutMs)
        : discovery.at(address, destination);
    if (discovered === undefined) return tooLate();
    if (discovered.outcome === 'not-found')
      return { outcome: 'unreachable', reason: discovered.reason, because: discovered.because };
    const headers = { 'user-agent': userAgent, ...request.headers };
    let answer: OutboundAnswer = tooLate();
    for (const endpoint of discovered.endpoints) {
      const timeoutMs = deadline - clock.now();
      if (timeoutMs <= 0) return tooLate();
      answer = await http.send({ ...request, endpoint, headers, timeoutMs });
      if (answer.outcome === 'answered' || !UNSENT.has(answer.reason)) return answer;
    }
    return answer;
  }

  /** What takes longer goes on, and is remembered for the next request. */
  async #inTime<T>(work: Promise<T>, timeoutMs: number): Promise<T | undefined> {
    const settled = new AbortController();
    const tooLong = this.#options.clock.delay(timeoutMs, settled.signal).then(() => undefined);
    try {
      return await Promise.race([work, tooLong]);
    } finally {
      settled.abort('settled');
    }
  }
}

function tooLate(): Unreachable {
  return { outcome: 'unreachable', reason: 'timeout', because: 'no address was found in time' };
}
