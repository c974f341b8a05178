import type { ServerResponse } from 'node:http';
import type { ListenerRequest } from '../http/listener.ts';
import { findTracing } from './active-tracing.ts';
import { parseTraceparent } from './trace-context.ts';
import type { TraceContext } from './trace-context.ts';

/** What an operator's tools ask is not traced. */
const untraced = new Set(['/metrics', '/health/live', '/health/ready']);

/**
 * Begins the span of a request whose route is known, where its trace is recorded: as a trusted proxy has decided, else by chance. Whoever
 * else sends a `traceparent` must not decide it.
 */
export function beginRequestSpan(request: ListenerRequest): TraceContext | undefined {
  const tracing = findTracing();
  if (tracing === undefined || request.labels === undefined || untraced.has(request.labels.servlet)) return undefined;
  const given = findGiven(request);
  const isRecorded = given === undefined ? tracing.samples() : given.isRecorded;
  if (!isRecorded) return undefined;
  const { method, servlet } = request.labels;
  request.span = tracing.begin(
    {
      name: `${method} ${servlet}`,
      kind: 'server',
      startedAt: Date.now() - (performance.now() - request.startedAt),
      attributes: {
        'http.request.method': method,
        'http.route': servlet,
        'plexus.request_id': request.requestId ?? '',
      },
    },
    given,
  );
  return request.span.context;
}

export function endRequestSpan(request: ListenerRequest, response: ServerResponse): void {
  const { span, context } = request;
  if (span === undefined) return;
  // Whatever the request has started and left running is not part of it any more.
  if (context !== undefined) context.trace = undefined;
  const status = response.headersSent ? { 'http.response.status_code': response.statusCode } : { aborted: true };
  const error = response.headersSent && response.statusCode >= 500 ? `status ${response.statusCode}` : undefined;
  span.end({ attributes: status, ...(error !== undefined && { error }) });
}

function findGiven({ listener, socket, headers }: ListenerRequest): ReturnType<typeof parseTraceparent> {
  const { traceparent } = headers;
  if (typeof traceparent !== 'string' || !listener.isTrustedProxy(socket.remoteAddress ?? '')) return undefined;
  return parseTraceparent(traceparent);
}
