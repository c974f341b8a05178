import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import { EventProcessing, HostedServerCounter } from '@plexus/service-shell';
import type { Logger, ServerUseMeter } from '@plexus/service-shell';
import type { OutgoingTransaction, QueueKey } from '@plexus/storage';
import type { OutboundObserver } from './outbound-ports.ts';
import type { Outbound } from './outbound.ts';
import type { SendOutcome } from './queues/transaction-sender.ts';

const OUTCOMES = new Set(['connect', 'timeout', 'tls', 'discovery', 'ip-range', 'broken', 'too-large', 'not-json']);

/** Of whom is counted what goes to other servers. */
export interface OutboundScope {
  /** Hosted servers with series of their own. */
  readonly hostedServers: readonly string[];
  readonly use: Pick<ServerUseMeter, 'transactionSent'>;
}

/** What is counted and logged of what goes to other servers. The first names are those that dashboards for Synapse ask for. */
export class OutboundTelemetry implements OutboundObserver {
  readonly #registry: Registry;
  readonly #logger: Logger;
  readonly #use: Pick<ServerUseMeter, 'transactionSent'>;
  readonly #transactions: Counter;
  readonly #edus: Counter;
  readonly #events: Counter;
  readonly #refused: Counter;
  readonly #notSent: Counter<'outcome'>;
  readonly #backOffs: Counter;
  readonly #givenUp: Counter;
  readonly #failures: Counter<'doing'>;
  readonly #lastSent: Gauge;
  readonly #processing: EventProcessing;
  readonly #hostedServers: HostedServerCounter;

  constructor(registry: Registry, logger: Logger, { hostedServers, use }: OutboundScope) {
    this.#registry = registry;
    this.#use = use;
    this.#logger = logger;
    const registers = [registry];
    const counter = (name: string, help: string): Counter => new Counter({ name, help, registers });
    this.#transactions = counter('synapse_federation_client_sent_transactions_total', 'Transactions that were taken.');
    this.#edus = counter('synapse_federation_client_sent_edus_total', 'EDUs in transactions that were taken.');
    this.#events = counter(
      'synapse_federation_client_sent_pdu_destinations_count_total',
      'Events in transactions that were taken, once for each destination.',
    );
    this.#refused = counter(
      'plexus_federation_refused_events_total',
      'Events that a destination answered with an error.',
    );
    this.#notSent = new Counter({
      name: 'plexus_federation_unsent_transactions_total',
      help: 'Attempts at transactions that failed, by why.',
      labelNames: ['outcome'],
      registers,
    });
    this.#backOffs = counter(
      'plexus_federation_back_offs_total',
      'Times that a destination was left alone for a while.',
    );
    this.#givenUp = counter(
      'plexus_federation_given_up_total',
      'Events and EDUs that a destination refuses as a whole.',
    );
    this.#failures = new Counter({
      name: 'plexus_federation_sender_failures_total',
      help: 'Failures of infrastructure that are tried again.',
      labelNames: ['doing'],
      registers,
    });
    this.#lastSent = new Gauge({
      name: 'synapse_federation_last_sent_pdu_time',
      help: 'When an event was taken last, in seconds since the epoch.',
      registers,
    });
    this.#processing = new EventProcessing(registry, 'federation_sender', () => Date.now());
    this.#hostedServers = new HostedServerCounter(registry, {
      name: 'sent_pdus_total',
      help: 'Events of a hosted server that other servers took, once for each destination.',
      servers: hostedServers,
    });
  }

  /** Gauges that are read when they are asked for. */
  watch(outbound: Outbound, now: () => number): void {
    const gauge = (name: string, help: string, read: () => number): Gauge =>
      new Gauge({
        name,
        help,
        registers: [this.#registry],
        collect() {
          this.set(read());
        },
      });
    const depth = (): ReturnType<Outbound['depth']> => outbound.depth(now());
    gauge('synapse_federation_transaction_queue_pending_pdus', 'Events in queues, in memory.', () => depth().events);
    gauge('synapse_federation_transaction_queue_pending_edus', 'EDUs in queues, in memory.', () => depth().edus);
    gauge('synapse_federation_transaction_queue_pending_destinations', 'Queues with something to send.', () => {
      return depth().busy;
    });
    gauge('plexus_federation_queue_oldest_seconds', 'Age of the oldest event in a queue in memory.', () => {
      return depth().oldestAgeMs / 1_000;
    });
    gauge('plexus_federation_transactions_waiting', 'Transactions that wait for their hosted server’s turn.', () => {
      return depth().waitingTurns;
    });
    gauge('plexus_federation_destinations_in_memory', 'Queues in memory.', () => depth().queues);
    gauge('plexus_federation_destination_shards_owned', 'Shards of destinations of this process.', () => {
      return outbound.shards.size;
    });
    gauge('plexus_federation_undistributed_rows', 'Rows of the room log whose destinations are not written.', () => {
      return outbound.distribute.lastLag;
    });
  }

  sent(transaction: OutgoingTransaction, refused: number): void {
    this.#transactions.inc();
    this.#use.transactionSent(transaction.origin, transaction.events.length);
    this.#events.inc(transaction.events.length);
    this.#edus.inc(countEdus(transaction.edus));
    this.#refused.inc(refused);
    this.#hostedServers.add(transaction.origin, transaction.events.length);
    if (transaction.events.length > 0) this.#lastSent.setToCurrentTime();
  }

  notSent({ origin, destination }: OutgoingTransaction, outcome: Exclude<SendOutcome, { outcome: 'taken' }>): void {
    const { because } = outcome;
    this.#notSent.inc({ outcome: OUTCOMES.has(because) ? because : `${because.slice(0, 1)}xx` });
    this.#logger.debug('A transaction was not taken', { origin, destination, because });
  }

  backedOff({ origin, destination }: QueueKey, intervalMs: number, because: string): void {
    this.#backOffs.inc();
    const details = { origin, destination, because, interval_ms: intervalMs };
    this.#logger.info('A destination is left alone for a while', details);
  }

  givenUp({ origin, destination, events }: OutgoingTransaction, because: string): void {
    this.#givenUp.inc();
    const event = events[0];
    this.#logger.warn('A destination refuses something as a whole; it is given up', {
      origin,
      destination,
      because,
      room_id: event?.roomId,
      position: event?.position,
    });
  }

  distributed(rows: number, lastEventAt: number | undefined): void {
    this.#processing.processed({ rows, lastEventAt });
  }

  failed(doing: string, error: unknown): void {
    this.#failures.inc({ doing });
    this.#logger.warn('Something failed and will be tried again', { doing, err: error });
  }
}

function countEdus(edus: string): number {
  return edus === '[]' ? 0 : (JSON.parse(edus) as unknown[]).length;
}
