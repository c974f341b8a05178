import { isIP } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { OutboundAnswer, OutboundHttp, OutboundRequest, Unreachable } from '@plexus/remote-servers';
import type { Dispatcher } from 'undici';
import { ForbiddenAddressError } from './checked-lookup.ts';
import type { EndpointPools } from './endpoint-pools.ts';
import { failureOf } from './failure-of.ts';
import type { IsAllowedAddress } from './ip-ranges.ts';

/** So much of an answer is read before others get their turn: what has come of 12 MiB would be decrypted in turns of 2 MiB. */
const BYTES_OF_A_TURN = 128 * 1024;

/** How a connection ends that its server no longer keeps. */
const CLOSED = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/**
 * HTTPS requests, and plain ones where an endpoint says so, over kept connections. The time limit covers everything, from the look-up of the address to the last byte.
 * A GET whose connection closes before an answer begins is sent once more: a server may close a kept connection at the moment at which it is used.
 */
export class UndiciOutboundHttp implements OutboundHttp {
  readonly #pools: Pick<EndpointPools, 'use'>;
  readonly #isAllowed: IsAllowedAddress;

  constructor(pools: Pick<EndpointPools, 'use'>, isAllowed: IsAllowedAddress) {
    this.#pools = pools;
    this.#isAllowed = isAllowed;
  }

  async send(request: OutboundRequest): Promise<OutboundAnswer> {
    const signal = AbortSignal.timeout(Math.max(1, Math.ceil(request.timeoutMs)));
    try {
      return await this.#attempt(request, signal);
    } catch (error) {
      return signal.aborted ? timeout(request) : failureOf(error);
    }
  }

  async #attempt(request: OutboundRequest, signal: AbortSignal): Promise<OutboundAnswer> {
    const { endpoint, method, target, headers, body, maxBytes } = request;
    // @NOTE Sockets look names up and so come by the check there; an address needs none, and is checked here.
    if (isIP(endpoint.host) !== 0 && !this.#isAllowed(endpoint.host))
      throw new ForbiddenAddressError(`${endpoint.host} is in a network that is not connected to`);
    return this.#pools.use(endpoint, async (pool) => {
      const ask = () =>
        pool.request({
          path: target,
          method: method as Dispatcher.HttpMethod,
          headers: { ...headers, host: endpoint.hostHeader },
          body: body ?? null,
          signal,
        });
      const response = await (method === 'GET' ? askAgainWhereClosed(ask) : ask());
      return readAnswer(response, maxBytes);
    });
  }
}

async function askAgainWhereClosed<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && CLOSED.has(String(error.code)))) throw error;
    return ask();
  }
}

async function readAnswer(response: Dispatcher.ResponseData, maxBytes: number): Promise<OutboundAnswer> {
  const { statusCode: status, headers, body } = response;
  const chunks: Uint8Array[] = [];
  let length = 0;
  let turnEnds = BYTES_OF_A_TURN;
  // Leaving the loop early ends the connection: what else would come is not read.
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    length += chunk.byteLength;
    if (length > maxBytes) return tooLarge(maxBytes);
    chunks.push(chunk);
    if (length > turnEnds) {
      await setImmediate();
      turnEnds = length + BYTES_OF_A_TURN;
    }
  }
  return { outcome: 'answered', status, headers: firstOfEach(headers), bytes: Buffer.concat(chunks, length) };
}

function firstOfEach(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, values]) => {
      const value = typeof values === 'string' ? values : values?.[0];
      return value === undefined ? [] : [[name.toLowerCase(), value]];
    }),
  );
}

function tooLarge(maxBytes: number): Unreachable {
  return { outcome: 'unreachable', reason: 'too-large', because: `the answer is longer than ${maxBytes} bytes` };
}

function timeout({ timeoutMs }: OutboundRequest): Unreachable {
  return { outcome: 'unreachable', reason: 'timeout', because: `no answer within ${Math.ceil(timeoutMs)} ms` };
}
