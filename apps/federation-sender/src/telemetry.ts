import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { OutboundAnswer } from '@plexus/remote-servers';
import type { Logger } from '@plexus/service-shell';
import type { KeySource } from './keys/fetch-server-keys.ts';

/** What this app counts and logs. */
export class SenderTelemetry {
  readonly #logger: Logger;
  readonly #requests: Counter;
  readonly #durations: Histogram;
  readonly #keys: Counter;

  constructor(registry: Registry, logger: Logger) {
    this.#logger = logger;
    const registers = [registry];
    this.#requests = new Counter({
      name: 'plexus_federation_requests_total',
      help: 'Requests to other servers, by the class of their status or by why there is no answer.',
      labelNames: ['outcome'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'plexus_federation_request_duration_seconds',
      help: 'Time until the answer of another server was read.',
      buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100],
      registers,
    });
    this.#keys = new Counter({
      name: 'plexus_server_key_fetches_total',
      help: 'Times that a server, or a notary in its stead, was asked for its keys.',
      labelNames: ['source', 'outcome'],
      registers,
    });
  }

  /** A request is under way; the result says how it ended. */
  requesting(destination: string, method: string): (answer: OutboundAnswer) => void {
    const begun = performance.now();
    return (answer) => {
      const isAnswered = answer.outcome === 'answered';
      this.#requests.inc({ outcome: isAnswered ? `${Math.floor(answer.status / 100)}xx` : answer.reason });
      if (isAnswered) return this.#durations.observe((performance.now() - begun) / 1_000);
      const { reason, because } = answer;
      return this.#logger.debug('Another server gave no answer', { destination, method, reason, because });
    };
  }

  askedForKeys(source: KeySource, serverName: string, because: string | undefined): void {
    this.#keys.inc({ source, outcome: because === undefined ? 'found' : 'none' });
    if (because === undefined) return;
    this.#logger.info('No keys of another server were got', { server: serverName, source, because });
  }

  signOfLifeFailed(error: unknown): void {
    this.#logger.warn('This replica could not say that it is alive', { err: error });
  }

  watchConnections(registry: Registry, pools: { readonly size: number }): void {
    const gauge: Gauge = new Gauge({
      name: 'plexus_federation_connected_servers',
      help: 'Endpoints of other servers to which connections are open or being opened.',
      registers: [registry],
      collect: () => gauge.set(pools.size),
    });
  }
}
