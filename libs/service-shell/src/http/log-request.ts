import type { ServerResponse } from 'node:http';
import type { Logger } from '../logging/logger.ts';
import type { ListenerRequest } from './listener.ts';

/** One line for a request that is over. Tokens in the URL are taken out by the logger. */
export function logRequest(logger: Logger, request: ListenerRequest, response: ServerResponse): void {
  logger.info('Request', {
    request_id: request.requestId,
    user_id: request.context?.user_id,
    origin: request.context?.origin,
    room_id: request.context?.room_id,
    trace_id: request.span?.context.traceId,
    method: request.method,
    url: request.url,
    status: response.headersSent ? response.statusCode : 'aborted',
    duration_ms: Math.round((performance.now() - request.startedAt) * 10) / 10,
    client: request.clientAddress,
    user_agent: toAscii(request.headers['user-agent'] ?? ''),
  });
}

/** Header values are bytes of no known encoding: what is not printable ASCII is shown as a replacement character. */
function toAscii(text: string): string {
  return text.replaceAll(/[^\u0020-\u007e]/g, '\ufffd');
}
