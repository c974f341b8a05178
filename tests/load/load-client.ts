import { Pool } from 'undici';
import type { Dispatcher } from 'undici';
import type { Routes } from '../support/matrix-client.ts';

type Method = 'GET' | 'POST' | 'PUT';

const PATIENCE_MS = 600_000;

/** Sends requests with as little work as possible, so that the load's own cost does not stand in the way. */
export class LoadClient {
  readonly #routes: Routes;
  readonly #pools = new Map<string, Pool>();

  constructor(routes: Routes) {
    this.#routes = routes;
  }

  async put(path: string, accessToken: string, body: string): Promise<void> {
    await this.request('PUT', path, accessToken, body);
  }

  async post(path: string, accessToken: string, body: string): Promise<string> {
    return this.request('POST', path, accessToken, body);
  }

  async get(path: string, accessToken: string): Promise<string> {
    return this.request('GET', path, accessToken);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
  }

  async request(method: Method, path: string, accessToken: string, body?: string): Promise<string> {
    const headers = { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' };
    const options = { method, path, headers, headersTimeout: PATIENCE_MS, bodyTimeout: PATIENCE_MS };
    const answer = await dispatch(this.#poolFor(path), body === undefined ? options : { ...options, body });
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.text;
  }

  #poolFor(path: string): Pool {
    const origin = this.#routes.baseUrlFor(path);
    let pool = this.#pools.get(origin);
    if (pool === undefined) {
      pool = new Pool(origin, { connections: 256, pipelining: 1 });
      this.#pools.set(origin, pool);
    }
    return pool;
  }
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Below `Pool.request`, which makes a stream of each body: 85 µs instead of 143 for a small request. */
function dispatch(pool: Pool, options: Dispatcher.DispatchOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let status = 0;
    pool.dispatch(options, {
      onRequestStart: () => undefined,
      onResponseStart: (_, statusCode) => void (status = statusCode),
      onResponseData: (_, chunk) => void chunks.push(chunk),
      onResponseEnd: () => resolve({ status, text: Buffer.concat(chunks).toString('utf8') }),
      onResponseError: (_, error) => reject(error),
    });
  });
}
