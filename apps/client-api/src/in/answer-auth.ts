import { HttpStatus } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { AuthResponse } from '@plexus/matrix-api';
import type { AskedAuth } from '../authentication/interactive-auth.ts';

/** The 401 that asks for a stage of user-interactive authentication; else what the request comes to. */
export function answerAuth<Done extends { readonly outcome: string }, Body>(
  reply: FastifyReply,
  outcome: AskedAuth | Done,
  bodyOf: (done: Done) => Body,
): AuthResponse | Body {
  if (!isAsked(outcome)) return bodyOf(outcome);
  reply.code(HttpStatus.UNAUTHORIZED);
  return outcome.response;
}

function isAsked(outcome: { readonly outcome: string }): outcome is AskedAuth {
  return outcome.outcome === 'ask';
}
