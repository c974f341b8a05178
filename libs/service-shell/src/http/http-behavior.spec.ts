import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Gate, gates, startExample } from '../../test-support/example-service.ts';
import type { ExampleService } from '../../test-support/example-service.ts';
import { exchange, exchangeOne, readResponses } from '../../test-support/raw-http.ts';

let service: ExampleService;
let port: number;

beforeAll(async () => {
  service = await startExample(`
listeners:
  - { port: 0, bind_addresses: [127.0.0.1], max_body_bytes: 4K }
  - { port: 0, bind_addresses: [127.0.0.1], apis: [admin], trusted_proxies: [127.0.0.0/8] }
  - { port: 0, bind_addresses: [127.0.0.1], apis: [client], trusted_proxies: [127.0.0.0/8] }
`);
  port = service.ports[0] ?? 0;
});

afterAll(async () => {
  await service.stop();
});

function put(body: string | Buffer, headers = 'Content-Type: application/json\r\n'): Buffer {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const head = `PUT /_matrix/client/v3/echo/x HTTP/1.1\r\nHost: a\r\n${headers}Content-Length: ${bytes.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes]);
}

function get(path: string, headers = ''): string {
  return `GET ${path} HTTP/1.1\r\nHost: a\r\n${headers}\r\n`;
}

function post(body: string): string {
  return `POST /_matrix/client/v3/exact HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

async function answerTo(bytes: string | Buffer): Promise<object> {
  const { status, headers, json } = await exchangeOne(port, bytes);
  const type = headers['content-type']?.split(';')[0];
  return {
    status,
    type,
    cors: headers['access-control-allow-origin'],
    keys: Object.keys(json()),
    code: json()['errcode'],
  };
}

function matrixError(status: number, code: string): object {
  return { status, type: 'application/json', cors: '*', keys: ['errcode', 'error'], code };
}

async function offered(each: number): Promise<number[]> {
  const paths = ['/_matrix/client/v3/versions', '/_matrix/client/v3/sync', '/_plexus/admin/v1/servers', '/metrics'];
  return Promise.all(paths.map(async (path) => (await exchangeOne(each, get(path))).status));
}

describe('routing', () => {
  it('answers a known route with JSON and the CORS headers of the specification', async () => {
    const response = await exchangeOne(port, get('/_matrix/client/v3/versions'));
    expect(response).toMatchObject({
      status: 200,
      headers: {
        'access-control-allow-origin': '*',
        'access-control-allow-methods': 'GET, POST, PUT, DELETE, OPTIONS',
        'access-control-allow-headers': 'X-Requested-With, Content-Type, Authorization',
      },
    });
    expect(response.json()).toEqual({ versions: ['v1.19'] });
  });

  it.each([
    ['an unknown path', '/_matrix/client/v3/nothing', 404],
    ['a path of no API', '/', 404],
    ['an unknown path with odd characters', '/_matrix/client/v3/rooms/%F0%9F%90%88/x?y=%zz', 404],
  ])('answers %s with 404 M_UNRECOGNIZED', async (_case, path, status) => {
    expect(await answerTo(get(path))).toEqual(matrixError(status, 'M_UNRECOGNIZED'));
  });

  it('answers a wrong method with 405 M_UNRECOGNIZED and says which are allowed', async () => {
    const response = await exchangeOne(port, 'DELETE /_matrix/client/v3/echo/x HTTP/1.1\r\nHost: a\r\n\r\n');
    expect([response.status, response.json()['errcode']]).toEqual([405, 'M_UNRECOGNIZED']);
    expect(response.headers['allow']).toBe('GET, HEAD, PUT');
    expect(await answerTo('PROPFIND /_matrix/client/v3/versions HTTP/1.1\r\nHost: a\r\n\r\n')).toEqual(
      matrixError(405, 'M_UNRECOGNIZED'),
    );
  });

  it.each(['%', '%zz', '%ff', '%c3%28', '%ed%a0%80'])('answers bad percent-encoding %s with 400', async (value) => {
    expect(await answerTo(get(`/_matrix/client/v3/echo/${value}`))).toEqual(matrixError(400, 'M_INVALID_PARAM'));
  });

  it('refuses a zero byte in path and query', async () => {
    expect(await answerTo(get('/_matrix/client/v3/echo/a%00b'))).toEqual(matrixError(400, 'M_INVALID_PARAM'));
    expect(await answerTo(get('/_matrix/client/v3/echo/a?x=%00'))).toEqual(matrixError(400, 'M_INVALID_PARAM'));
  });

  it('decodes path parameters, slashes included, however long', async () => {
    const long = 'x'.repeat(3000);
    const one = await exchangeOne(port, get(`/_matrix/client/v3/echo/a%2Fb%20%C3%A9?q=%2B`));
    expect(one.json()).toMatchObject({ value: 'a/b é', query: { q: '+' } });
    const two = await exchangeOne(port, get(`/_matrix/client/v3/echo/${long}`));
    expect(two.json()['value']).toBe(long);
  });

  it('answers OPTIONS everywhere without running the endpoint', async () => {
    for (const path of ['/_matrix/client/v3/refused', '/nowhere', '/_matrix/client/v3/broken']) {
      const response = await exchangeOne(port, `OPTIONS ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      expect(response.status).toBe(204);
      expect(response.headers['access-control-allow-methods']).toContain('PUT');
    }
  });
});

describe('bodies', () => {
  it('are parsed as JSON whatever their type is called', async () => {
    const types = ['', 'Content-Type: text/plain\r\n', 'Content-Type: ;;;\xff\xfe\r\n', 'Content-Type: \r\n'];
    for (const type of types) {
      const response = await exchangeOne(port, put('{"a":1}', type));
      expect([response.status, response.json()]).toEqual([200, { body: { a: 1 }, raw: '{"a":1}' }]);
    }
  });

  it('may be absent', async () => {
    for (const type of ['', 'Content-Type: application/json\r\n']) {
      expect((await exchangeOne(port, put('', type))).json()).toEqual({ body: '(none)', raw: '(none)' });
    }
  });

  it('may come in chunks', async () => {
    const head = 'PUT /_matrix/client/v3/echo/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
    const response = await exchangeOne(port, `${head}3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n`);
    expect(response.json()['body']).toEqual({ a: 1 });
  });

  it.each([
    ['text', 'hello', 'M_NOT_JSON'],
    ['a cut object', '{"a":', 'M_NOT_JSON'],
    ['a byte order mark', '\ufeff{}', 'M_NOT_JSON'],
    ['NaN', '{"a":NaN}', 'M_NOT_JSON'],
    ['invalid UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'M_NOT_JSON'],
    ['an encoded surrogate', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'M_NOT_JSON'],
    ['half of an escaped surrogate pair', '{"a":"\\ud800"}', 'M_BAD_JSON'],
    ['deep nesting', '['.repeat(1500) + ']'.repeat(1500), 'M_BAD_JSON'],
  ])('of %s are refused with %s', async (_case, body, errcode) => {
    expect(await answerTo(put(body))).toEqual(matrixError(400, errcode));
  });

  it.each([
    ['without a size', 'zz\r\n{}\r\n0\r\n\r\n', 400],
    ['of another size', '1\r\n{}\r\n0\r\n\r\n', 400],
    ['with endless extensions', `2;${'x'.repeat(40_000)}\r\n{}\r\n0\r\n\r\n`, 413],
  ])('in chunks %s are refused at once, and the connection ends', async (_case, chunks, status) => {
    const head = 'PUT /_matrix/client/v3/echo/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
    const answers = await exchange(port, head + chunks, 2);
    expect(answers.map((answer) => answer.status)).toEqual([status]);
    expect(answers[0]?.json()['errcode']).toMatch(/^M_/);
  });

  it('that are too large are refused with 413, however they are announced', async () => {
    const large = 'x'.repeat(5000);
    expect(await answerTo(put(`"${large}"`))).toEqual(matrixError(413, 'M_TOO_LARGE'));
    const head = 'PUT /_matrix/client/v3/echo/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
    expect(await answerTo(`${head}${(5000).toString(16)}\r\n${large}\r\n0\r\n\r\n`)).toEqual(
      matrixError(413, 'M_TOO_LARGE'),
    );
    expect(await answerTo(put(Buffer.alloc(3_000_000, 0x20)))).toEqual(matrixError(413, 'M_TOO_LARGE'));
  });

  it('keep keys such as __proto__ as plain data', async () => {
    const body = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}';
    const response = await exchangeOne(port, put(body));
    expect(response.body).toContain(`"body":${body}`);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('keep the spelling of numbers beside the parsed ones', async () => {
    expect((await exchangeOne(port, post('{"number":1.0}'))).json()).toEqual({ isExact: true, number: 1 });
    expect((await exchangeOne(port, post('{"number":1}'))).json()).toEqual({ isExact: false, number: 1 });
  });
});

describe('errors', () => {
  it('of endpoints keep their code, status and further members', async () => {
    const response = await exchangeOne(port, 'DELETE /_matrix/client/v3/refused HTTP/1.1\r\nHost: a\r\n\r\n');
    expect([response.status, response.json()]).toEqual([
      403,
      { errcode: 'M_FORBIDDEN', error: 'No', consent_uri: 'https://example.org' },
    ]);
  });

  it('of a database that is away become 503, so that clients and proxies ask again', async () => {
    const response = await exchangeOne(port, get('/_matrix/client/v3/without-database'));
    expect([response.status, response.json()['errcode']]).toEqual([503, 'M_UNKNOWN']);
  });

  it('that nobody foresaw become 500 M_UNKNOWN with a request id, and one log line without secrets', async () => {
    const response = await exchangeOne(port, get('/_matrix/client/v3/broken'));
    const id = /\(request ([\w-]+)\)/.exec(String(response.json()['error']))?.[1];
    expect([response.status, response.json()['errcode']]).toEqual([500, 'M_UNKNOWN']);
    const lines = service.logLines().filter((line) => line['request_id'] === id);
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines)).toContain('example-service.ts');
    expect(JSON.stringify(lines)).not.toContain('hunter2');
  });
});

describe('odd HTTP', () => {
  it('with raw bytes in any header is served', async () => {
    const odd = '\xff\xfe\x80caf\xe9';
    const names = [
      'User-Agent',
      'Host',
      'Authorization',
      'X-Forwarded-For',
      'X-Request-Id',
      'Accept',
      'Cookie',
      'X-Odd',
    ];
    for (const name of names) {
      const host = name === 'Host' ? '' : 'Host: a\r\n';
      const request = `GET /_matrix/client/v3/versions HTTP/1.1\r\n${host}${name}: ${odd}\r\n\r\n`;
      for (const each of service.ports.filter((_, index) => index !== 1)) {
        expect((await exchangeOne(each, request)).status).toBe(200);
      }
    }
  });

  it.each([
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['a header with a control character', get('/', 'X: a\x00b\r\n'), 400],
    ['two different lengths', get('/', 'Content-Length: 1\r\nContent-Length: 2\r\n'), 400],
    ['a length that is no number', get('/', 'Content-Length: -1\r\n'), 400],
    ['length and chunks', get('/', 'Content-Length: 1\r\nTransfer-Encoding: chunked\r\n'), 400],
    ['headers without end', get('/', `X: ${'a'.repeat(40_000)}\r\n`), 431],
    ['an overlong path', get(`/${'a'.repeat(40_000)}`), 431],
  ])('such as %s gets a Matrix error', async (_case, request, status) => {
    const response = await exchangeOne(port, request);
    expect(response.status).toBe(status);
    expect(response.json()).toMatchObject({ errcode: expect.stringMatching(/^M_/) as string });
  });

  it('without Host, as HTTP/1.0, with Expect or Upgrade is served', async () => {
    const path = '/_matrix/client/v3/versions';
    const requests = [
      `GET ${path} HTTP/1.1\r\n\r\n`,
      `GET ${path} HTTP/1.0\r\n\r\n`,
      get(path, 'Expect: the-unexpected\r\n'),
      get(path, 'Connection: upgrade\r\nUpgrade: websocket\r\n'),
    ];
    for (const request of requests) expect((await exchangeOne(port, request)).status).toBe(200);
  });

  it('answers HEAD without a body', async () => {
    const response = await fetch(`http://127.0.0.1:${port}/_matrix/client/v3/versions`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });
});

describe('pipelined requests', () => {
  it('are answered in order', async () => {
    const gate = new Gate();
    gates.set('first', gate);
    const path = '/_matrix/client/v3';
    const socket = connect(port, '127.0.0.1');
    socket.write(get(`${path}/gated/first`) + get(`${path}/echo/2`) + get(`${path}/echo/3`));
    const answers = readResponses(socket, 3);
    await gate.arrived;
    gate.open();
    const bodies = (await answers).map((response) => response.json());
    socket.destroy();
    expect(bodies).toMatchObject([{ gate: 'first' }, { value: '2' }, { value: '3' }]);
  });

  it('before something that is no HTTP are answered first', async () => {
    const gate = new Gate();
    gates.set('before', gate);
    const socket = connect(port, '127.0.0.1');
    socket.write(`${get('/_matrix/client/v3/gated/before')}garbage\r\n\r\n`);
    const answers = readResponses(socket, 2);
    await gate.arrived;
    gate.open();
    const [first, second] = await answers;
    expect([first?.status, first?.json()]).toEqual([200, { gate: 'before' }]);
    expect(second?.status).toBe(400);
  });
});

describe('listeners', () => {
  it('offer only the APIs that they were given', async () => {
    const [all = 0, admin = 0, client = 0] = service.ports;
    expect(await offered(all)).toEqual([200, 200, 200, 200]);
    expect(await offered(admin)).toEqual([404, 404, 200, 404]);
    expect(await offered(client)).toEqual([200, 404, 404, 404]);
    const hidden = await exchangeOne(client, 'DELETE /_plexus/admin/v1/servers HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(hidden.status).toBe(404);
  });

  it('believe X-Forwarded-For and X-Request-Id of trusted proxies only', async () => {
    const [untrusting = 0, , trusting = 0] = service.ports;
    const headers = 'X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 198.51.100.2\r\nX-Request-Id: abc.1\r\n';
    const request = get('/_matrix/client/v3/echo/x', headers);
    expect((await exchangeOne(untrusting, request)).json()).toMatchObject({ client: '127.0.0.1' });
    expect((await exchangeOne(untrusting, request)).json()['id']).not.toBe('abc.1');
    expect((await exchangeOne(trusting, request)).json()).toMatchObject({ client: '198.51.100.2', id: 'abc.1' });
  });
});

describe('metrics and health', () => {
  it('count requests by method, route and code, and name no path', async () => {
    await exchange(port, get('/_matrix/client/v3/echo/secret-room'));
    await exchange(port, get('/nowhere/secret-room'));
    const { body } = await exchangeOne(port, get('/metrics', 'Connection: close\r\n'));
    expect(body).toMatch(
      /synapse_http_server_response_time_seconds_count\{[^}]*method="GET",servlet="EchoRestServlet",tag="",code="200"[^}]*\} \d/,
    );
    expect(body).toMatch(/synapse_http_server_requests_received_total\{method="GET",servlet="unknown"[^}]*\} \d/);
    expect(body).toMatch(/in_flight_requests_count\{method="GET",servlet="\/metrics"[^}]*\} 1/);
    expect(body).toMatch(/in_flight_requests_count\{method="GET",servlet="EchoRestServlet"[^}]*\} 0/);
    expect(body).toMatch(/nodejs_eventloop_lag_seconds\{server_name="plexus"\}/);
    expect(body).not.toContain('secret-room');
  });

  it('say that the service lives and is ready, until a check fails', async () => {
    expect((await exchangeOne(port, get('/health/live'))).status).toBe(200);
    expect((await exchangeOne(port, get('/health/ready'))).json()).toEqual({ status: 'ready', problems: {} });
    let problem: string | undefined = 'gone';
    service.shell.readiness.add('database', () => Promise.resolve(problem));
    const unready = await exchangeOne(port, get('/health/ready'));
    expect([unready.status, unready.json()]).toEqual([503, { status: 'unready', problems: { database: 'gone' } }]);
    problem = undefined;
    expect((await exchangeOne(port, get('/health/ready'))).status).toBe(200);
  });
});
