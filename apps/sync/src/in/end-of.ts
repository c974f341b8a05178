import type { FastifyReply } from 'fastify';
import { RequestEnd } from '../sessions/request-end.ts';

/**
 * Reached when the client has gone.
 *
 * @NOTE The response closes with its connection, or when it is finished; a listener on the socket would outlive the request on a connection
 * that is kept.
 */
export function endOf({ raw }: FastifyReply): RequestEnd {
  const end = new RequestEnd();
  if (raw.destroyed) end.reach('gone');
  raw.once('close', () => {
    if (!raw.writableFinished) end.reach('gone');
  });
  return end;
}
