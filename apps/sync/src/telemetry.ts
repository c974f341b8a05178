import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import { readCounter, recordSpan, single } from '@plexus/service-shell';
import type { Logger } from '@plexus/service-shell';
import type { SyncKind } from './answer/answer-sync.ts';
import type { TracedArrival } from './log/room-log.ts';
import type { SyncParts } from './sync-parts.ts';

const LOGGED_EVERY_MS = 10_000;
/** So many answers with one event are part of its trace. */
const TRACED_ANSWERS = 5;

/** What this app counts and logs besides its requests, which the shell does. */
export class SyncTelemetry {
  readonly #logger: Logger;
  readonly #responses: Counter;
  readonly #durations: Histogram;
  readonly #failures: Counter;
  readonly #ephemeralFailures: Counter;
  #lastLogged = -Infinity;

  constructor(registry: Registry, logger: Logger) {
    this.#logger = logger;
    const registers = [registry];
    this.#responses = new Counter({
      name: 'plexus_sync_responses_total',
      help: 'Answers to /sync, by what ended them.',
      labelNames: ['kind'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'plexus_sync_duration_seconds',
      help: 'Time to answer those requests for /sync that did not wait for an event.',
      labelNames: ['kind'],
      buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
      registers,
    });
    this.#failures = new Counter({
      name: 'plexus_sync_log_failures_total',
      help: 'Times that the room log could not be read; it is read again.',
      registers,
    });
    this.#ephemeralFailures = new Counter({
      name: 'plexus_sync_ephemeral_failures_total',
      help: 'Times that a topic which may lose records, of typing and the like, could not be read; reading goes on.',
      registers,
    });
  }

  /** A request is being answered; the result says how that ended. */
  answering(): (kind: SyncKind) => void {
    const begun = performance.now();
    return (kind) => {
      this.#responses.inc({ kind });
      if (kind === 'initial' || kind === 'incremental')
        this.#durations.observe({ kind }, (performance.now() - begun) / 1000);
    };
  }

  /** In a room with many users here, some answers tell how long it took. */
  answeredTraced(arrival: TracedArrival): void {
    if (arrival.answers >= TRACED_ANSWERS) return;
    arrival.answers += 1;
    const { traceparent, arrivedAt: startedAt } = arrival;
    recordSpan({ name: 'answer /sync', kind: 'consumer', traceparent, startedAt });
  }

  ephemeralFailed(error: unknown): void {
    this.#ephemeralFailures.inc();
    this.#logger.debug('A topic that may lose records cannot be read and will be read again', { err: error });
  }

  logFailed(error: unknown): void {
    this.#failures.inc();
    if (performance.now() - this.#lastLogged < LOGGED_EVERY_MS) return;
    this.#lastLogged = performance.now();
    this.#logger.warn('The room log cannot be read and will be read again', { err: error });
  }
}

/** What can be read off the running parts, when somebody asks. */
export function observeParts(registry: Registry, parts: SyncParts): void {
  const { sessions, tail, follower, initialSyncs } = parts;
  const gauges: readonly [name: string, help: string, read: () => number][] = [
    ['plexus_sync_waiting_clients', 'Requests for /sync that wait for an event.', () => sessions.size.waiting],
    ['synapse_notifier_listeners', 'The same, by the name of dashboards for Synapse.', () => sessions.size.waiting],
    ['synapse_notifier_users', 'Users who wait or have waited lately.', () => sessions.size.sessions],
    ['synapse_notifier_rooms', 'Their rooms.', () => tail.countWatchedRooms()],
    ['plexus_sync_sessions', 'Users whose rooms are kept in memory.', () => sessions.size.sessions],
    ['plexus_sync_initial_waiting', 'Initial syncs that wait for their turn.', () => initialSyncs.size.waiting],
    ['plexus_sync_initial_admitted', 'Initial syncs that are being answered.', () => initialSyncs.size.admitted],
    [
      'plexus_sync_initial_oldest_seconds',
      'How long the first of those that wait has waited.',
      () => initialSyncs.oldestWaitMs / 1000,
    ],
    ['plexus_sync_tail_rows', 'Rows of the room log in memory.', () => tail.size.rows],
    ['plexus_sync_tail_bytes', 'About how much memory they take.', () => tail.size.bytes],
    ['plexus_sync_tail_oldest_timestamp_seconds', 'When the oldest of them arrived.', () => tail.oldestArrival / 1000],
    [
      'plexus_sync_follower_lag_rows',
      'Rows that the shard furthest behind has yet to deliver.',
      () => follower.greatestLag(),
    ],
  ];
  readCounter(registry, {
    name: 'synapse_notifier_notified_events_total',
    help: 'Events of the room log that came here, for whoever waits.',
    read: single(() => tail.eventsTaken),
  });
  for (const [name, help, read] of gauges) {
    const gauge: Gauge = new Gauge({ name, help, registers: [registry], collect: () => gauge.set(read()) });
  }
}
