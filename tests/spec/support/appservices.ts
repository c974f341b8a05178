import type { Json, MatrixHttp, Reply } from '../../support/matrix-client.ts';
import { deploymentAdmin, PLEXUS_ADMIN, part } from './administrators.ts';
import { uniqueName } from './specified-http.ts';

/** An application service of a test, which has its users `@_id_…` and aliases `#_id_…` for itself. */
export class TestAppservice {
  readonly id: string;
  readonly asToken: string;
  readonly hsToken: string;
  readonly #http: MatrixHttp;

  private constructor(http: MatrixHttp, { id, as_token, hs_token }: Json) {
    this.#http = http;
    this.id = String(id);
    this.asToken = String(as_token);
    this.hsToken = String(hs_token);
  }

  /** Has one registered; `change` is put over its registration. */
  static async register(http: MatrixHttp, change: Json = {}): Promise<TestAppservice> {
    const id = uniqueName('bridge');
    const registration = {
      id,
      url: null,
      sender_localpart: `${id}bot`,
      namespaces: {
        users: [{ regex: `@_${id}_.*`, exclusive: true }],
        aliases: [{ regex: `#_${id}_.*`, exclusive: true }],
        rooms: [],
      },
      ...change,
    };
    const reply = await (await deploymentAdmin()).call('POST', `${PLEXUS_ADMIN}/appservices`, registration);
    if (reply.status !== 201) throw new Error(`${reply.status} ${JSON.stringify(reply.body)}`);
    return new TestAppservice(http, { ...change, ...reply.body });
  }

  get sender(): string {
    return `@${this.id}bot:localhost`;
  }

  userId(name: string): string {
    return `@_${this.id}_${name}:localhost`;
  }

  /** A request as its sender, or as who is named in the query. */
  call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    return this.#http.call(method, path, { body, headers, accessToken: this.asToken });
  }

  as(name: string, method: string, path: string, body?: unknown): Promise<Reply> {
    const mark = path.includes('?') ? '&' : '?';
    return this.call(method, `${path}${mark}user_id=${part(this.userId(name))}`, body);
  }

  /** Registers one of its users, without a session. */
  async makeUser(name: string): Promise<string> {
    const body = { type: 'm.login.application_service', username: `_${this.id}_${name}`, inhibit_login: true };
    const reply = await this.call('POST', '/_matrix/client/v3/register', body);
    if (reply.status !== 200) throw new Error(`${reply.status} ${JSON.stringify(reply.body)}`);
    return this.userId(name);
  }
}
