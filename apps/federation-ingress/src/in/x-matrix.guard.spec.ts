import { Socket } from 'node:net';
import type { ExecutionContext } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { Admission, FairSlots, ListenerRequest, PeerSightings, requestClassOf } from '@plexus/service-shell';
import { FakeHostedServers } from '@plexus/testing';
import { expect, it } from 'vitest';
import { AuthenticateRequest } from '../authentication/authenticate-request.ts';
import type { SignedRequest } from '../authentication/authenticate-request.ts';
import type { Parties } from '../authentication/parties.ts';
import { XMatrixGuard } from './x-matrix.guard.ts';

const clock = { now: () => 0, delay: () => new Promise<void>(() => {}) };

/** Takes the host of a request for the hosted server that it is for. */
class BelievingAll extends AuthenticateRequest {
  constructor() {
    const keys = { findKeys: () => Promise.reject(new Error('no key is needed here')) };
    super({ servers: new FakeHostedServers([]), keys, clock, isAllowed: () => true, refused: () => undefined });
  }

  override async execute({ host = '' }: SignedRequest): Promise<Parties> {
    return { origin: 'far.example', destination: host };
  }
}

const Request = requestClassOf({
  apis: new Set(['federation']),
  isTrustedProxy: () => false,
  maxBodyBytes: 0,
  takesRequestId: false,
});

/** With room for four requests, three of one hosted server. */
function build() {
  const slots = new FairSlots({ slots: 4, waiting: 2, countedMs: 1_000 }, clock);
  const sightings = new PeerSightings({
    destinations: { listOrigins: async () => [] },
    queues: { tryAgain: async () => undefined },
    clock,
    failed: () => undefined,
  });
  const guard = new XMatrixGuard(new BelievingAll(), sightings, new Admission(slots));
  /** A request for a hosted server; it ends where that is said. */
  const ask = (host: string): { readonly isIn: Promise<boolean>; end(): void } => {
    const raw = new Request(new Socket());
    const context: ExecutionContext = new ExecutionContextHost([
      { raw, method: 'PUT', url: '/_matrix/federation/v1/send/1', headers: { host } },
    ]);
    const end = (): void => (raw instanceof ListenerRequest ? raw.whenOver?.() : undefined);
    return { isIn: guard.canActivate(context), end };
  };
  return { ask, slots };
}

it('lets requests for one hosted server in while another one is asked more than can be answered', async () => {
  const { ask, slots } = build();
  const noisy = Array.from({ length: 5 }, () => ask('noisy.example'));
  await Promise.all(noisy.slice(0, 3).map(({ isIn }) => isIn));
  await expect.poll(() => slots.size).toEqual({ inside: 3, waiting: 2 });
  expect(await ask('quiet.example').isIn).toBe(true);
  await expect(ask('noisy.example').isIn).rejects.toMatchObject({ errcode: 'M_LIMIT_EXCEEDED', httpStatus: 429 });
  noisy[0]?.end();
  expect(await noisy[3]?.isIn).toBe(true);
});
