import type { Shape } from '@plexus/matrix-api';
import { errorResponse } from '@plexus/matrix-api';
import { expect } from 'vitest';
import type { Json, Reply } from '../../support/matrix-client.ts';

/** The body of an answer that has the status and the shape of the specification. */
export function expectShape(reply: Reply, shape: Shape<unknown>, status = 200): Json {
  expect([reply.status, reply.body]).toEqual([status, reply.body]);
  const checked = shape.check(reply.body);
  expect(checked.outcome === 'ok' ? 'ok' : checked.because).toBe('ok');
  return reply.body;
}

/** An answer that is an error of the specification. */
export function expectError(reply: Reply, status: number, errcode: string): void {
  expect([reply.status, reply.body['errcode']]).toEqual([status, errcode]);
  expect(errorResponse.check(reply.body).outcome).toBe('ok');
}
