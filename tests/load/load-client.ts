import { Pool } from 'undici';
import type { Routes } from '../support/matrix-client.ts';

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

  async request(method: 'GET' | 'POST' | 'PUT', path: string, accessToken: string, body?: string): Promise<string> {
    const headers = { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' };
    const options = { method, path, headers, headersTimeout: 600_000, bodyTimeout: 600_000 };
    const response = await this.#poolFor(path).request(body === undefined ? options : { ...options, body });
    const text = await response.body.text();
    if (response.statusCode !== 200) throw new Error(`${method} ${path}: ${response.statusCode} ${text}`);
    return text;
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
