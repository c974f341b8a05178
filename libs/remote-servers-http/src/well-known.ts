import { LRUCache } from 'lru-cache';
import { isJsonObject, isServerName, parseJson, parseServerName } from '@plexus/matrix-base';
import type { Clock, RandomSource } from '@plexus/matrix-base';
import type { OutboundAnswer, OutboundHttp, ServerEndpoint } from '@plexus/remote-servers';
import { cacheTimeOf } from './cache-time.ts';

/** A server's own word for where it is, or that it has none. */
export type WellKnown =
  | { readonly outcome: 'found'; readonly delegatedName: string }
  | { readonly outcome: 'none'; readonly because: string };

export interface WellKnownOptions {
  readonly http: OutboundHttp;
  readonly clock: Clock;
  readonly random: RandomSource;
}

interface CachedWellKnown {
  readonly wellKnown: WellKnown;
  readonly until: number;
  /** How often in a row there was none. */
  readonly failures: number;
}

const PATH = '/.well-known/matrix/server';
const MOST_SERVERS = 20_000;
const MAX_BYTES = 50 * 1024;
const MAX_REDIRECTS = 5;
const TIMEOUT_MS = 10_000;
const FIRST_FAILURE_MS = 5 * 60_000;
const LONGEST_FAILURE_MS = 60 * 60_000;

/**
 * `/.well-known/matrix/server` of host names, kept for as long as it says, within bounds
 * (https://spec.matrix.org/v1.19/server-server-api/#resolving-server-names, step 3). Where there is none, it is looked for again after 5
 * minutes, then 10, up to an hour. An answer that was good is used until then even where the next one fails.
 */
export class WellKnownServers {
  readonly #options: WellKnownOptions;
  readonly #cached = new LRUCache<string, CachedWellKnown>({ max: MOST_SERVERS });
  readonly #fetches = new Map<string, Promise<WellKnown>>();

  constructor(options: WellKnownOptions) {
    this.#options = options;
  }

  /** The caller guarantees a host name that is no IP address and has no port. */
  async find(hostname: string): Promise<WellKnown> {
    const host = hostname.toLowerCase();
    const cached = this.#cached.get(host);
    if (cached !== undefined && cached.until > this.#options.clock.now()) return cached.wellKnown;
    let fetching = this.#fetches.get(host);
    if (fetching === undefined) {
      fetching = this.#refresh(host, cached).finally(() => this.#fetches.delete(host));
      this.#fetches.set(host, fetching);
    }
    return fetching;
  }

  async #refresh(host: string, before: CachedWellKnown | undefined): Promise<WellKnown> {
    const answer = await this.#follow(host);
    const now = this.#options.clock.now();
    const wellKnown = read(answer);
    if (wellKnown.outcome === 'found') {
      const until = now + this.#spread(cacheTimeOf(headersOf(answer), now));
      this.#cached.set(host, { wellKnown, until, failures: 0 });
      return wellKnown;
    }
    const failures = (before?.failures ?? 0) + 1;
    const restMs = Math.min(FIRST_FAILURE_MS * 2 ** (failures - 1), LONGEST_FAILURE_MS);
    const kept = before?.wellKnown.outcome === 'found' && failures === 1 ? before.wellKnown : wellKnown;
    this.#cached.set(host, { wellKnown: kept, until: now + this.#spread(restMs), failures });
    return kept;
  }

  /** Follows redirects to other `https` URLs. */
  async #follow(host: string): Promise<OutboundAnswer> {
    const deadline = this.#options.clock.now() + TIMEOUT_MS;
    // Some host names are none for URLs: those of which the last label is a number.
    let url = URL.parse(`https://${host}${PATH}`);
    if (url === null) return failed('broken', 'no URL leads to it');
    for (let redirects = 0; ; redirects += 1) {
      const timeoutMs = deadline - this.#options.clock.now();
      if (timeoutMs <= 0) return failed('timeout', 'the redirects took too long');
      const answer = await this.#options.http.send({
        endpoint: endpointOf(url),
        method: 'GET',
        target: `${url.pathname}${url.search}`,
        headers: { accept: 'application/json' },
        timeoutMs,
        maxBytes: MAX_BYTES,
      });
      if (answer.outcome !== 'answered' || !isRedirect(answer.status)) return answer;
      const next = nextUrl(answer.headers['location'], url);
      if (next === undefined) return failed('broken', 'it redirects to what cannot be followed');
      if (redirects === MAX_REDIRECTS) return failed('broken', 'it redirects too often');
      url = next;
    }
  }

  /** Up to a tenth less, so that what was fetched together is not fetched again together. */
  #spread(ms: number): number {
    return ms * (1 - this.#options.random.fraction() / 10);
  }
}

function endpointOf({ hostname, port, host }: URL): ServerEndpoint {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  return { host: address, port: port === '' ? 443 : Number(port), hostHeader: host, certificateName: address };
}

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

function nextUrl(location: string | undefined, from: URL): URL | undefined {
  const next = location === undefined ? null : URL.parse(location, from.href);
  if (next === null || next.protocol !== 'https:' || next.username !== '' || next.password !== '') return undefined;
  const name = next.host.toLowerCase();
  return parseServerName(name) === undefined ? undefined : next;
}

function failed(reason: 'timeout' | 'broken', because: string): OutboundAnswer {
  return { outcome: 'unreachable', reason, because };
}

function headersOf(answer: OutboundAnswer): Readonly<Record<string, string>> {
  return answer.outcome === 'answered' ? answer.headers : {};
}

function read(answer: OutboundAnswer): WellKnown {
  if (answer.outcome !== 'answered') return { outcome: 'none', because: answer.because };
  if (answer.status !== 200) return { outcome: 'none', because: `status ${answer.status}` };
  const parsed = parseJson(answer.bytes);
  const name = parsed.outcome === 'ok' && isJsonObject(parsed.value) ? parsed.value['m.server'] : undefined;
  if (!isServerName(name)) return { outcome: 'none', because: 'it names no server' };
  return { outcome: 'found', delegatedName: name };
}
