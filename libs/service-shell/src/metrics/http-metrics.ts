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

/** What is counted of one route and method. */
interface Counts {
  received: number;
  inFlight: number;
}

/**
 * Requests under the names that dashboards for Synapse ask for. `servlet` is the name or the pattern of the route.
 *
 * @NOTE A metric that is changed makes a text of its labels each time. So what can be is counted by the labels' object, of which there is one for each
 * route and method, and becomes a metric when somebody asks.
 */
export function createHttpMetrics(registry: Registry): HttpMetrics {
  const all = new Map<RequestLabels, Counts>();
  const registers = [registry];
  const received: Counter = new Counter({
    name: 'synapse_http_server_requests_received_total',
    help: 'Requests, by method and route.',
    labelNames: ['method', 'servlet'],
    registers,
    collect() {
      received.reset();
      for (const [labels, counts] of all) received.inc({ ...labels }, counts.received);
    },
  });
  const inFlight: Gauge = new Gauge({
    name: 'synapse_http_server_in_flight_requests_count',
    help: 'Requests that are being answered.',
    labelNames: ['method', 'servlet'],
    registers,
    collect() {
      for (const [labels, counts] of all) inFlight.set({ ...labels }, counts.inFlight);
    },
  });
  const duration = new Histogram({
    name: 'synapse_http_server_response_time_seconds',
    help: 'From the arrival of a request to the end of its response.',
    labelNames: ['method', 'servlet', 'tag', 'code'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  return { started, finished };
  function countsOf(labels: RequestLabels): Counts {
    const counts = all.get(labels) ?? { received: 0, inFlight: 0 };
    all.set(labels, counts);
    return counts;
  }
  function started(labels: RequestLabels): void {
    const counts = countsOf(labels);
    counts.received += 1;
    counts.inFlight += 1;
  }
  function finished(raw: IncomingMessage, response: ServerResponse): void {
    const request = listenerRequest(raw);
    const labels = request.labels ?? unrouted;
    if (request.labels === undefined) countsOf(unrouted).received += 1;
    else countsOf(labels).inFlight -= 1;
    const code = response.headersSent ? String(response.statusCode) : 'aborted';
    duration.observe({ ...labels, tag: '', code }, (performance.now() - request.startedAt) / 1000);
  }
}
