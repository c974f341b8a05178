import type { RemoteAnswer, RemoteRequest } from '@plexus/remote-servers';
import { expect, it } from 'vitest';
import { FederationTransactions } from './federation-transactions.ts';

const TRANSACTION = { origin: 'one.example', destination: 'b.example', transactionId: 'a/b' };

it.each([
  [
    { outcome: 'answered', status: 200, body: {} },
    { outcome: 'taken', refused: 0 },
  ],
  [
    { outcome: 'answered', status: 200, body: { pdus: { $a: {}, $b: { error: 'no' } } } },
    { outcome: 'taken', refused: 1 },
  ],
  [
    { outcome: 'answered', status: 413, body: {} },
    { outcome: 'refused', because: '413' },
  ],
  [
    { outcome: 'answered', status: 401, body: {} },
    { outcome: 'failed', because: '401' },
  ],
  [
    { outcome: 'answered', status: 502, body: {} },
    { outcome: 'failed', because: '502' },
  ],
  [
    { outcome: 'unreachable', reason: 'timeout', because: '' },
    { outcome: 'failed', because: 'timeout' },
  ],
  [
    { outcome: 'unreachable', reason: 'not-allowed', because: '' },
    { outcome: 'taken', refused: 0 },
  ],
] satisfies [RemoteAnswer, object][])('puts the transaction and understands %j', async (answer, outcome) => {
  const asked: RemoteRequest[] = [];
  const servers = { request: async (request: RemoteRequest) => (asked.push(request), answer) };
  const body = Buffer.from('{}');
  expect(await new FederationTransactions(servers, 60_000).send(TRANSACTION, body)).toEqual(outcome);
  expect(asked).toMatchObject([
    { origin: 'one.example', destination: 'b.example', method: 'PUT', path: '/_matrix/federation/v1/send/a%2Fb', body },
  ]);
});
