import type { ServerResponse } from 'node:http';
import type { ListenerRequest } from '../http/listener.ts';
import type { ServerUseMeter } from './server-use-meter.ts';

/** Counts a request that is over, for the hosted server that it was for. Of a body whose length is not told nothing is counted. */
export function countRequest(meter: ServerUseMeter, request: ListenerRequest, response: ServerResponse): void {
  const { servedFor, headers } = request;
  if (servedFor === undefined) return;
  meter.request(servedFor, {
    receivedBytes: lengthOf(headers['content-length']),
    sentBytes: lengthOf(response.getHeader('content-length')),
  });
}

function lengthOf(header: string | number | readonly string[] | undefined): number {
  const length = Number(header ?? 0);
  return Number.isSafeInteger(length) && length > 0 ? length : 0;
}
