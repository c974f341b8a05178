import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import { EventProcessing } from '@plexus/service-shell';
import type { Logger } from '@plexus/service-shell';
import type { AppserviceTransactionRecord } from '@plexus/storage';
import type { Delivery } from './delivery.ts';
import type { DeliveryObserver } from './delivery-ports.ts';
import type { QueueDepth } from './queues/queue-depths.ts';

/**
 * What is counted and logged of what goes to application services: by the id of each, which operators choose. The first names are those that
 * dashboards for Synapse ask for.
 */
export class DeliveryTelemetry implements DeliveryObserver {
  readonly #registry: Registry;
  readonly #logger: Logger;
  readonly #sent: Counter<'service'>;
  readonly #failed: Counter<'service'>;
  readonly #retried: Counter<'service'>;
  readonly #events: Counter<'service'>;
  readonly #ephemeral: Counter<'service'>;
  readonly #toDevice: Counter<'service'>;
  readonly #distributed: Counter;
  readonly #failures: Counter<'doing'>;
  readonly #processing: EventProcessing;
  readonly #requests: Counter<'outcome'>;
  readonly #durations: Histogram;

  constructor(registry: Registry, logger: Logger) {
    this.#registry = registry;
    this.#logger = logger;
    const registers = [registry];
    const perService = (name: string, help: string): Counter<'service'> =>
      new Counter({ name, help, labelNames: ['service'], registers });
    this.#sent = perService('synapse_appservice_api_sent_transactions_total', 'Transactions that were taken.');
    this.#failed = perService(
      'synapse_appservice_api_failed_transactions_total',
      'Attempts at transactions that were not taken.',
    );
    this.#retried = perService(
      'plexus_appservice_retried_transactions_total',
      'Attempts at transactions that had not been taken before.',
    );
    this.#events = perService('synapse_appservice_api_sent_events_total', 'Events in transactions that were taken.');
    this.#ephemeral = perService(
      'synapse_appservice_api_sent_ephemeral_total',
      'Ephemeral events in transactions that were taken.',
    );
    this.#toDevice = perService(
      'synapse_appservice_api_sent_todevice_total',
      'To-device messages in transactions that were taken.',
    );
    this.#distributed = new Counter({
      name: 'synapse_handlers_appservice_events_processed_total',
      help: 'Rows of the room log that were looked at for whom they interest.',
      registers,
    });
    this.#failures = new Counter({
      name: 'plexus_appservice_sender_failures_total',
      help: 'Failures of infrastructure that are tried again.',
      labelNames: ['doing'],
      registers,
    });
    this.#processing = new EventProcessing(registry, 'appservice_sender', () => Date.now());
    this.#requests = new Counter({
      name: 'plexus_appservice_requests_total',
      help: 'Requests to application services, by the class of their status or by why there is no answer.',
      labelNames: ['outcome'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'plexus_appservice_request_duration_seconds',
      help: 'Time until the answer of an application service was read.',
      buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
      registers,
    });
  }

  /** Gauges that are read when they are asked for. */
  watch(delivery: Delivery): void {
    const perService = (name: string, help: string, read: (state: QueueDepth) => number): void => {
      const gauge: Gauge<'service'> = new Gauge({
        name,
        help,
        labelNames: ['service'],
        registers: [this.#registry],
        collect() {
          gauge.reset();
          for (const state of delivery.depths.own) gauge.set({ service: state.appserviceId }, read(state));
        },
      });
    };
    perService('plexus_appservice_backlog_items', 'What waits to be sent.', ({ backlog }) => backlog);
    perService('plexus_appservice_oldest_seconds', 'Age of the oldest thing that waits.', ({ oldestAgeMs = 0 }) => {
      return oldestAgeMs / 1_000;
    });
    perService('plexus_appservice_up', 'Whether the last transaction was taken.', ({ failures }) =>
      failures === 0 ? 1 : 0,
    );
    perService('plexus_appservice_paused', 'Whether an administrator has it paused.', ({ isPaused }) => {
      return isPaused ? 1 : 0;
    });
    perService('plexus_appservice_back_off_seconds', 'How long it is still left alone.', ({ dueInMs = 0 }) => {
      return Math.max(0, dueInMs) / 1_000;
    });
    const lastError: Gauge<'service' | 'error'> = new Gauge({
      name: 'plexus_appservice_last_error',
      help: 'Why the last transaction was not taken.',
      labelNames: ['service', 'error'],
      registers: [this.#registry],
      collect() {
        lastError.reset();
        for (const { appserviceId: service, lastError: error } of delivery.depths.own)
          if (error !== undefined) lastError.set({ service, error }, 1);
      },
    });
    const gauge = (name: string, help: string, read: () => number): Gauge =>
      new Gauge({
        name,
        help,
        registers: [this.#registry],
        collect() {
          this.set(read());
        },
      });
    gauge('plexus_appservice_shards_owned', 'Shards of queues of this process.', () => delivery.shards.size);
    gauge('plexus_appservice_undistributed_rows', 'Rows of the room log that were not looked at.', () => {
      return delivery.distribute.lastLag;
    });
  }

  sent({ appserviceId: service, events, ephemeral, toDevice }: AppserviceTransactionRecord): void {
    this.#sent.inc({ service });
    this.#events.inc({ service }, events);
    this.#ephemeral.inc({ service }, ephemeral);
    this.#toDevice.inc({ service }, toDevice);
  }

  notSent({ appserviceId, transactionId }: AppserviceTransactionRecord, because: string, intervalMs: number): void {
    this.#failed.inc({ service: appserviceId });
    const details = { appservice: appserviceId, transaction: transactionId, because, interval_ms: intervalMs };
    this.#logger.warn('An application service did not take a transaction', details);
  }

  retried({ appserviceId }: AppserviceTransactionRecord): void {
    this.#retried.inc({ service: appserviceId });
  }

  cameUp(appserviceId: string): void {
    this.#logger.info('An application service takes transactions again', { appservice: appserviceId });
  }

  distributed(rows: number, lastEventAt: number | undefined): void {
    this.#distributed.inc(rows);
    this.#processing.processed({ rows, lastEventAt });
  }

  /** A request is under way; the result says how it ended. */
  requesting(): (outcome: string) => void {
    const begun = performance.now();
    return (outcome) => {
      this.#requests.inc({ outcome });
      this.#durations.observe((performance.now() - begun) / 1_000);
    };
  }

  failed(doing: string, error: unknown): void {
    this.#failures.inc({ doing });
    this.#logger.warn('Something failed and will be tried again', { doing, err: error });
  }
}
