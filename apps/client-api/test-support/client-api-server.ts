import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { createLogger, loadConfigText, readEnvironment, startService } from '@plexus/service-shell';
import { ClientApiModule } from '../src/client-api.module.ts';
import { fakePorts } from './fake-ports.ts';
import type { FakePorts } from './fake-ports.ts';

export interface Answer {
  readonly status: number;
  readonly body: { readonly [key: string]: unknown };
  readonly headers: IncomingHttpHeaders;
}

export interface Call {
  readonly token?: string;
  readonly body?: unknown;
  readonly host?: string;
  /** The client's address, as a proxy tells it. */
  readonly forwardedFor?: string;
  readonly language?: string;
}

/** The endpoints of `client-api` over ports in memory. */
export interface ClientApiServer {
  readonly ports: FakePorts;
  call(method: string, path: string, call?: Call): Promise<Answer>;
  /** Registers a user and returns their access token. */
  register(username: string, host?: string): Promise<string>;
  stop(): Promise<void>;
}

const CONFIG = `
servers: []
registration: { enabled: true }
rate_limits: { enabled: false }
log: { level: fatal }
listeners: [{ port: 0, bind_addresses: [127.0.0.1], trusted_proxies: [127.0.0.1] }]
`;

/** `settings` are further lines of the configuration. */
export async function startClientApi(ports: FakePorts = fakePorts(), settings = ''): Promise<ClientApiServer> {
  const config = loadConfigText(CONFIG + settings, readEnvironment({}));
  const service = await startService({
    name: 'client-api',
    config,
    apis: ['client', 'admin', 'well_known'],
    module: () => ClientApiModule.over(config, ports),
    logger: createLogger({ service: 'client-api', level: 'fatal' }),
  });
  const port = service.listeners[0]?.addresses[0]?.port ?? 0;
  const call = (method: string, path: string, options?: Call) => fetchAnswer(port, { method, path, ...options });
  return {
    ports,
    call,
    async register(username, host) {
      const body = { username, password: 'password', auth: { type: 'm.login.dummy' }, device_id: 'DEVICE' };
      const answer = await call('POST', '/_matrix/client/v3/register', { body, ...(host !== undefined && { host }) });
      return String(answer.body['access_token']);
    },
    stop: async () => {
      await service.stop();
    },
  };
}

type Request = Call & { readonly method: string; readonly path: string };

/** @NOTE `fetch` does not let a caller set `Host`. */
function fetchAnswer(
  port: number,
  { method, path, token, body, host, forwardedFor, language }: Request,
): Promise<Answer> {
  const isRaw = body === undefined || typeof body === 'string' || Buffer.isBuffer(body);
  const content = isRaw ? body : JSON.stringify(body);
  const headers = {
    ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    ...(host !== undefined && { Host: host }),
    ...(forwardedFor !== undefined && { 'X-Forwarded-For': forwardedFor }),
    ...(language !== undefined && { 'Accept-Language': language }),
    ...(content !== undefined && { 'Content-Type': 'application/json' }),
  };
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      text(response).then(
        (answer) => resolve({ status: response.statusCode ?? 0, body: JSON.parse(answer), headers: response.headers }),
        reject,
      );
    });
    sent.on('error', reject);
    sent.end(content);
  });
}
