import { buildXMatrix } from '@plexus/matrix-api';
import { ExactNumber, MatrixError, SigningKey } from '@plexus/matrix-base';
import { FakeHostedServers } from '@plexus/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { AuthenticateRequest } from './authenticate-request.ts';
import type { RefusedRequest, SignedRequest } from './authenticate-request.ts';

const NOW = 1_700_000_000_000;
const key = new SigningKey('ed25519:k', Buffer.alloc(32, 7));
const request = { method: 'PUT', uri: '/_matrix/federation/v1/send/1?a=%20b', origin: 'b.example' };
const destination = 'a.example';

let refused: RefusedRequest[];
let validUntil: number;
beforeEach(() => {
  refused = [];
  validUntil = NOW + 1_000;
});

function authenticate(signed: Partial<SignedRequest>, hosted = ['a.example', 'other.example']) {
  const found = { keyId: key.keyId, publicKey: key.publicKey, validUntil };
  return new AuthenticateRequest({
    servers: new FakeHostedServers(hosted),
    keys: {
      findKeys: async (serverName, keyIds, { validAt = 0 }) => {
        const isKnown = serverName === 'b.example' && keyIds.includes(key.keyId) && validAt <= validUntil;
        return new Map(isKnown ? [[key.keyId, found]] : []);
      },
    },
    clock: { now: () => NOW },
    isAllowed: ({ origin }) => origin !== 'denied.example',
    refused: (fault) => refused.push(fault),
  }).execute({
    method: 'PUT',
    uri: request.uri,
    authorization: undefined,
    host: undefined,
    body: undefined,
    ...signed,
  });
}

/** Status, error code and reason of a refusal. */
async function refusalOf(signed: Partial<SignedRequest>): Promise<[number, string, string | undefined]> {
  const error: unknown = await authenticate(signed).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof MatrixError)) throw new Error(`not refused: ${String(error)}`);
  return [error.httpStatus, error.errcode, refused.at(-1)?.reason];
}

describe('AuthenticateRequest', () => {
  it('believes a signature over method, path, query and body', async () => {
    const authorization = buildXMatrix({ ...request, destination, content: '{"a":1.50,"b":[]}' }, key);
    const body = { b: [], a: new ExactNumber('1.50') };
    expect(await authenticate({ authorization, body })).toEqual({ origin: 'b.example', destination });
    expect(refused).toEqual([]);
  });

  it.each([
    ['another method', { method: 'POST' }],
    ['another path', { uri: '/_matrix/federation/v1/send/2' }],
    ['another query', { uri: '/_matrix/federation/v1/send/1?a=c' }],
    ['another body', { body: { a: 2 } }],
    ['no body', { body: undefined }],
  ])('does not believe it for %s', async (_what, changed) => {
    const authorization = buildXMatrix({ ...request, destination, content: '{"a":1}' }, key);
    expect(await refusalOf({ authorization, body: { a: 1 }, ...changed })).toEqual([
      401,
      'M_UNAUTHORIZED',
      'bad-signature',
    ]);
  });

  it.each([
    ['no header', undefined, 401, 'missing-header'],
    ['another scheme', 'Bearer abc', 401, 'missing-header'],
    ['nothing in it', 'X-Matrix ', 400, 'malformed-header'],
    ['an origin that is no server', 'X-Matrix origin="b_x",key="ed25519:k",sig="x"', 400, 'malformed-header'],
    ['no key', 'X-Matrix origin="b.example",sig="x"', 400, 'malformed-header'],
    [
      'another destination',
      'X-Matrix origin="b.example",destination="z.example",key="ed25519:k",sig="x"',
      401,
      'other-destination',
    ],
    [
      'a key that nobody knows',
      'X-Matrix origin="b.example",destination="a.example",key="ed25519:z",sig="x"',
      401,
      'unknown-key',
    ],
    [
      'a server that is shut out',
      'X-Matrix origin="denied.example",destination="a.example",key="ed25519:k",sig="x"',
      403,
      'refused-server',
    ],
  ])('refuses a request with %s', async (_what, authorization, status, reason) => {
    const errcode = status === 403 ? 'M_FORBIDDEN' : 'M_UNAUTHORIZED';
    expect(await refusalOf({ authorization })).toEqual([status, errcode, reason]);
    expect(refused).toHaveLength(1);
  });

  it('refuses a key that is not valid any more, and says so', async () => {
    const authorization = buildXMatrix({ ...request, destination }, key);
    validUntil = NOW - 1;
    expect(await refusalOf({ authorization })).toEqual([401, 'M_UNAUTHORIZED', 'expired-key']);
    expect(refused[0]).toMatchObject({ keyId: 'ed25519:k', key: { validUntil }, origin: 'b.example', destination });
  });

  it('takes the destination of the Host header where a server of old names none', async () => {
    const whole = buildXMatrix({ ...request, destination: 'other.example' }, key);
    const authorization = whole.replace('destination="other.example",', '');
    expect(await authenticate({ authorization, host: 'other.example' })).toEqual({
      origin: 'b.example',
      destination: 'other.example',
    });
    expect(await refusalOf({ authorization, host: 'a.example' })).toEqual([401, 'M_UNAUTHORIZED', 'bad-signature']);
  });
});
