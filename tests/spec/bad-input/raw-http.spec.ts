import { connect } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { exchange } from '../../../libs/service-shell/test-support/raw-http.ts';
import type { RawResponse } from '../../../libs/service-shell/test-support/raw-http.ts';
import type { Deployment } from '../../../scripts/cluster/deployment.ts';
import { sharedDeployment } from '../support/specified-http.ts';

const VERSIONS = 'GET /_matrix/client/versions HTTP/1.1\r\nHost: localhost\r\n';
const LOGIN = 'POST /_matrix/client/v3/login HTTP/1.1\r\nHost: localhost\r\n';
const CHUNKED = `${LOGIN}Transfer-Encoding: chunked\r\n\r\n`;

/** What is no HTTP, or HTTP that nobody should speak: the bytes, and the status of the first answer. */
const ABUSES: readonly (readonly [string, string, number])[] = [
  ['noise', '\u0000\u00ff\u0001\r\n\r\n', 400],
  ['an unknown method', 'BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n', 400],
  ['an unknown version of HTTP', 'GET / HTTP/7.0\r\n\r\n', 400],
  ['the greeting of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  ['the greeting of TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001', 400],
  ['a header without a colon', `${VERSIONS}nonsense\r\n\r\n`, 400],
  ['a header with a zero byte', `${VERSIONS}X-A: a\u0000b\r\n\r\n`, 400],
  ['a header that is continued', `${VERSIONS}X-A: a\r\n b\r\n\r\n`, 400],
  ['a request line that is too long', `GET /${'a'.repeat(70_000)} HTTP/1.1\r\n\r\n`, 431],
  ['a header that is too long', `${VERSIONS}X-A: ${'a'.repeat(70_000)}\r\n\r\n`, 431],
  ['too many headers', `${VERSIONS}${'X-A: aaaaaaaaaaaa\r\n'.repeat(4_000)}\r\n`, 431],
  ['a chunk without a size', `${CHUNKED}zz\r\n{}\r\n0\r\n\r\n`, 400],
  ['a chunk of another size', `${CHUNKED}1\r\n{}\r\n0\r\n\r\n`, 400],
  ['a chunk of a negative size', `${CHUNKED}-2\r\n{}\r\n0\r\n\r\n`, 400],
  ['a chunk beyond all sizes', `${CHUNKED}fffffffffffffffff\r\n{}`, 400],
  ['a chunk with endless extensions', `${CHUNKED}2;${'x'.repeat(40_000)}\r\n{}\r\n0\r\n\r\n`, 413],
  ['two lengths', `${LOGIN}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, 400],
  ['a length and chunks', `${LOGIN}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
  ['a length that is no number', `${LOGIN}Content-Length: two\r\n\r\n{}`, 400],
  ['a negative length', `${LOGIN}Content-Length: -1\r\n\r\n{}`, 400],
  ['a compressed body', `${LOGIN}Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\u001f\u008b`, 400],
  ['a target that is no path', `GET nonsense HTTP/1.1\r\nHost: localhost\r\n\r\n`, 400],
  ['a path that climbs', `GET /_matrix/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`, 404],
  ['an absolute target', `GET http://a.test/none HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`, 404],
];

let deployment: Deployment;
beforeAll(async () => {
  deployment = await sharedDeployment();
});

function portOf(url: string | undefined): number {
  return Number(new URL(url ?? '').port);
}

async function firstAnswer(port: number, bytes: string): Promise<RawResponse | undefined> {
  const [response] = await exchange(port, bytes);
  return response;
}

describe.each([
  ['the listener of the Matrix APIs', () => portOf(deployment.baseUrlFor('/')), '/_matrix/client/versions'],
  ['the listener of metrics and health', () => portOf(deployment.services[0]?.operationUrl), '/health/live'],
])('%s', (_title, port, goodPath) => {
  it.each(ABUSES)('answers %s and serves on', { timeout: 5_000 }, async (_abuse, bytes, status) => {
    const answer = await firstAnswer(port(), bytes);
    expect(isRefusal(answer) || answer?.status === status, `${answer?.status} ${answer?.body}`).toBe(true);
    const { errcode } = answer?.json() ?? {};
    expect(errcode).toMatch(/^M_[A-Z_]+$/);
    const good = await firstAnswer(port(), `GET ${goodPath} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect(good?.status).toBe(200);
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH'])('refuses %s where there is only GET', async (method) => {
    const request = `${method} ${goodPath} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`;
    const answer = await firstAnswer(port(), request);
    expect([answer?.status, answer?.json()['errcode']]).toEqual([405, 'M_UNRECOGNIZED']);
  });

  it('answers a thousand requests that come at once, in order', async () => {
    const one = `GET ${goodPath} HTTP/1.1\r\nHost: localhost\r\n\r\nGET /none HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    const answers = await exchange(port(), one.repeat(500), 1_000);
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 500 }, () => [200, 404]).flat());
  });

  it('forgets who goes away in the middle', async () => {
    for (const bytes of [CHUNKED, `${LOGIN}Content-Length: 100\r\n\r\n{`, 'GE', `${VERSIONS}`]) {
      await new Promise<void>((resolve, reject) => {
        const socket = connect(port(), '127.0.0.1', () => socket.end(bytes, () => socket.resetAndDestroy()));
        socket.on('close', () => resolve());
        socket.on('error', reject);
      });
    }
    const good = await firstAnswer(port(), `GET ${goodPath} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect(good?.status).toBe(200);
  });
});

/** A listener without the API asked for refuses before it reads the body. */
function isRefusal(answer: RawResponse | undefined): boolean {
  return answer?.status === 404;
}
