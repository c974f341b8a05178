import type { FastifyRequest } from 'fastify';
import type { SentContent } from '../rooms/send-event.ts';

/** The body of a request as the content of an event: without the loss that numbers may suffer in `request.body`. */
export function sentContentOf({ exactBody, rawBody }: FastifyRequest): SentContent {
  return { parsed: exactBody, bytes: rawBody };
}
