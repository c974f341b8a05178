import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Parties } from '../authentication/parties.ts';

const known = new WeakMap<FastifyRequest, Parties>();

/** Said by the guard, once it is known. */
export function setParties(request: FastifyRequest, parties: Parties): void {
  known.set(request, parties);
}

/** The parameter of an endpoint behind `XMatrixGuard` that tells between whom the request goes. */
export const Between = createParamDecorator((_nothing: unknown, context: ExecutionContext): Parties => {
  const parties = known.get(context.switchToHttp().getRequest<FastifyRequest>());
  if (parties === undefined) throw new Error('an endpoint asks between whom a request goes and has no guard');
  return parties;
});
