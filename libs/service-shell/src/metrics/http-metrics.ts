import type { IncomingMessage, ServerResponse } from 'node:http';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import { listenerRequest } from '../http/listener.ts';
import type { RequestLabels } from '../http/listener.ts';

export interface HttpMetrics {
  started(labels: RequestLabels): void;
  finished(request: IncomingMessage, response: ServerResponse): void;
}

const unrouted: RequestLabels = { method: 'other', servlet: 'unknown' };

/** Requests under the names that dashboards for Synapse ask for. `servlet` is the name or the pattern of the route. */
export function createHttpMetrics(registry: Registry): HttpMetrics {
  const registers = [registry];
  const received = new Counter({
    name: 'synapse_http_server_requests_received_total',
    help: 'Requests, by method and route.',
    labelNames: ['method', 'servlet'],
    registers,
  });
  const inFlight = new Gauge({
    name: 'synapse_http_server_in_flight_requests_count',
    help: 'Requests that are being answered.',
    labelNames: ['method', 'servlet'],
    registers,
  });
  const duration = new Histogram({
    name: 'synapse_http_server_response_time_seconds',
    help: 'From the arrival of a request to the end of its response.',
    labelNames: ['method', 'servlet', 'tag', 'code'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  return { started, finished };

  function started(labels: RequestLabels): void {
    received.inc({ ...labels });
    inFlight.inc({ ...labels });
  }

  function finished(raw: IncomingMessage, response: ServerResponse): void {
    const request = listenerRequest(raw);
    const labels = request.labels ?? unrouted;
    if (request.labels === undefined) received.inc({ ...labels });
    else inFlight.dec({ ...labels });
    const code = response.headersSent ? String(response.statusCode) : 'aborted';
    duration.observe({ ...labels, tag: '', code }, (performance.now() - request.startedAt) / 1000);
  }
}
