import { setTimeout as delay } from 'node:timers/promises';
import type { Deployment } from '../../../scripts/cluster/deployment.ts';
import type { MatrixClient } from '../../support/matrix-client.ts';
import { MatrixHttp } from '../../support/matrix-client.ts';
import { isFull } from '../../recovery/support/settings.ts';

const PAUSE_MS = isFull ? 60 : 150;
const V3 = '/_matrix/client/v3';

interface Question {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly body?: unknown;
  /** 200 where nothing is said. */
  readonly expected?: number;
}

/** Asks one thing after the other of every service that has routes, besides what actors and observers do, and looks at each answer. */
export class PassersBy {
  readonly unexpected: string[] = [];
  readonly #http: MatrixHttp;
  readonly #client: MatrixClient;
  readonly #stopping = new AbortController();
  readonly #walking: Promise<void>;

  private constructor(http: MatrixHttp, client: MatrixClient, questions: readonly Question[]) {
    this.#http = http;
    this.#client = client;
    this.#walking = this.#walk(questions);
  }

  static async start(deployment: Deployment): Promise<PassersBy> {
    const http = new MatrixHttp(deployment);
    const client = await http.register('passer-by');
    const roomId = await client.createRoom({ preset: 'public_chat' });
    return new PassersBy(http, client, questionsOf(deployment, client, roomId));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#walking;
    this.#http.close();
  }

  async #walk(questions: readonly Question[]): Promise<void> {
    for (let turn = 0; !this.#stopping.signal.aborted; turn += 1) {
      const question = questions[turn % questions.length];
      if (question !== undefined) await this.#ask(question);
      await delay(PAUSE_MS);
    }
  }

  async #ask({ method, path, body, expected = 200 }: Question): Promise<void> {
    try {
      const { status } = await this.#client.call(method, path, body);
      if (status !== expected) this.unexpected.push(`${method} ${path}: ${status}`);
    } catch (error) {
      this.unexpected.push(`${method} ${path}: ${String(error)}`);
    }
  }
}

function questionsOf(deployment: Deployment, { userId }: MatrixClient, roomId: string): Question[] {
  const room = `${V3}/rooms/${encodeURIComponent(roomId)}`;
  const user = `${V3}/user/${encodeURIComponent(userId)}`;
  const identifier = { type: 'm.id.user', user: userId };
  const questions: Question[] = [
    { method: 'GET', path: '/_matrix/client/versions' },
    { method: 'GET', path: `${V3}/account/whoami` },
    { method: 'POST', path: `${V3}/login`, body: { type: 'm.login.password', identifier, password: 'wonderland' } },
    {
      method: 'PUT',
      path: `${V3}/profile/${encodeURIComponent(userId)}/displayname`,
      body: { displayname: 'Passer-by' },
    },
    { method: 'GET', path: `${V3}/profile/${encodeURIComponent(userId)}` },
    { method: 'PUT', path: `${user}/account_data/org.plexus.note`, body: { note: 'seen' } },
    { method: 'PUT', path: `${room}/typing/${encodeURIComponent(userId)}`, body: { typing: true, timeout: 1_000 } },
    { method: 'GET', path: `${room}/messages?dir=b&limit=20` },
    { method: 'GET', path: `${room}/members` },
    { method: 'POST', path: `${V3}/keys/query`, body: { device_keys: { [userId]: [] } } },
    { method: 'POST', path: `${V3}/createRoom`, body: {} },
    { method: 'PUT', path: `${V3}/presence/${encodeURIComponent(userId)}/status`, body: { presence: 'online' } },
    { method: 'GET', path: '/_matrix/key/v2/server' },
    { method: 'GET', path: '/_matrix/federation/v1/version' },
  ];
  if (deployment.processesOf('consent').length === 0) return questions;
  // Nobody has published a policy: the service itself says so.
  return [...questions, { method: 'GET', path: '/_matrix/consent', expected: 404 }];
}
