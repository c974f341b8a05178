import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import { HostedServerCounter, readCounter, recordSpan } from '@plexus/service-shell';
import type { Logger, ServerUseMeter, TracedRows } from '@plexus/service-shell';
import type { EventPersister } from './event-persister.ts';
import type { PersisterObserver } from './persister-ports.ts';
import { EventCounts, findTraits } from './event-traits.ts';
import { CLEARED_AWAY } from './housekeeping/housekeeper.ts';
import type { ClearedAway } from './housekeeping/housekeeper.ts';
import type { PduReceipt } from './in/pdu-consumer.ts';
import { ResolutionTelemetry } from './resolution-telemetry.ts';
import { RoomExtremities } from './room-extremities.ts';
import type { RoomItem } from './writing/room-item.ts';
import type { UnitOfWork } from './writing/unit-of-work.ts';

const SECONDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
const ITEMS = [1, 2, 4, 8, 16, 32, 64, 128, 256];
const EXTREMITIES = [1, 2, 3, 5, 7, 10, 15, 20, 50, 100, 200, 500];

/** What the telemetry has to know of the deployment. */
export interface TelemetryScope {
  isHosted(serverName: string): boolean;
  /** Hosted servers with series of their own. */
  readonly hostedServers: readonly string[];
  /** What is done for each of them. */
  readonly use: Pick<ServerUseMeter, 'eventsStored'>;
  readonly tracedRows: Pick<TracedRows, 'remember'>;
}

/** Every metric and log record of this app. */
export class Telemetry implements PersisterObserver {
  readonly resolutions: ResolutionTelemetry;
  readonly #logger: Logger;
  readonly #registry: Registry;
  readonly #persistedEvents: Counter;
  readonly #units: Counter<'outcome'>;
  readonly #unitItems: Histogram;
  readonly #storeSeconds: Histogram;
  readonly #commands: Counter<'outcome' | 'command'>;
  readonly #failures: Counter<'doing'>;
  readonly #poisoned: Counter;
  readonly #pdus: Counter<'outcome' | 'rule'>;
  readonly #softFailed: Counter;
  readonly #redactedCopies: Counter<'outcome'>;
  readonly #policyQuestions: Counter<'outcome'>;
  readonly #removed: Counter<'what'>;
  readonly #shards: Gauge;
  readonly #scope: TelemetryScope;
  readonly #separateEvents = new EventCounts();
  readonly #extremities: Histogram;
  readonly #roomExtremities = new RoomExtremities();
  readonly #hostedServers: HostedServerCounter;

  constructor(registry: Registry, logger: Logger, scope: TelemetryScope) {
    this.#logger = logger;
    this.#registry = registry;
    this.#scope = scope;
    const registers = [registry];
    this.#persistedEvents = new Counter({
      name: 'synapse_storage_events_persisted_events_total',
      help: 'Events stored.',
      registers,
    });
    readCounter(registry, {
      name: 'synapse_storage_events_persisted_events_sep_total',
      help: 'Events stored, by a known type or as others, and by whether a hosted user sent them.',
      labels: ['type', 'origin_type', 'origin_entity'],
      read: () => this.#separateEvents.read(),
    });
    this.#extremities = new Histogram({
      name: 'synapse_storage_events_forward_extremities_persisted',
      help: 'Forward extremities of rooms as they were stored.',
      buckets: EXTREMITIES,
      registers,
    });
    this.resolutions = new ResolutionTelemetry(registry);
    this.#hostedServers = new HostedServerCounter(registry, {
      name: 'events_total',
      help: 'Events of users of a hosted server that were stored.',
      servers: scope.hostedServers,
    });
    this.#redactedCopies = new Counter({
      name: 'plexus_persister_redacted_copies_total',
      help: 'Events that were stored without their content, because it did not match its hash, and those whose content came later.',
      labelNames: ['outcome'],
      registers,
    });
    this.#units = new Counter({
      name: 'plexus_persister_units_of_work_total',
      help: 'Transactions, by what became of them.',
      labelNames: ['outcome'],
      registers,
    });
    this.#unitItems = new Histogram({
      name: 'plexus_persister_unit_of_work_items',
      help: 'Commands and PDUs in one transaction.',
      buckets: ITEMS,
      registers,
    });
    this.#storeSeconds = new Histogram({
      name: 'plexus_persister_store_seconds',
      help: 'Time of one transaction.',
      buckets: SECONDS,
      registers,
    });
    this.#commands = new Counter({
      name: 'plexus_persister_commands_total',
      help: 'Room commands, by their answer.',
      labelNames: ['command', 'outcome'],
      registers,
    });
    this.#failures = new Counter({
      name: 'plexus_persister_failures_total',
      help: 'Failures of infrastructure that are tried again.',
      labelNames: ['doing'],
      registers,
    });
    this.#poisoned = new Counter({
      name: 'plexus_persister_poisoned_total',
      help: 'Inputs that fail however often they are tried: dead letters and refused commands.',
      registers,
    });
    this.#pdus = new Counter({
      name: 'plexus_persister_pdus_total',
      help: 'PDUs from other servers, by what became of them and the rule that decided it.',
      labelNames: ['outcome', 'rule'],
      registers,
    });
    this.#softFailed = new Counter({
      name: 'synapse_federation_soft_failed_events_total',
      help: 'Events that the state before them allows and the current state does not.',
      registers,
    });
    this.#policyQuestions = new Counter({
      name: 'plexus_persister_policy_questions_total',
      help: 'Events that rooms’ policy servers were asked about, by what they said.',
      labelNames: ['outcome'],
      registers,
    });
    this.#removed = new Counter({
      name: 'plexus_persister_removed_rows_total',
      help: 'Rows that were cleared away.',
      labelNames: ['what'],
      registers,
    });
    for (const what of CLEARED_AWAY) this.#removed.inc({ what }, 0);
    this.#shards = new Gauge({
      name: 'plexus_persister_shards_owned',
      help: 'Room shards of this process.',
      registers,
    });
  }

  /** Gauges that are read when they are asked for. */
  watch(
    persister: EventPersister,
    { now, roomShards }: { readonly now: () => number; readonly roomShards: number },
  ): void {
    const gauge = (name: string, help: string, read: () => number): Gauge =>
      new Gauge({
        name,
        help,
        registers: [this.#registry],
        collect() {
          this.set(read());
        },
      });
    const { queues } = persister.loop;
    this.#roomExtremities.report(this.#registry, (shard) => persister.shards.find(shard) !== undefined);
    gauge('plexus_room_shards', 'Room shards of the deployment.', () => roomShards);
    gauge('plexus_persister_queue_items', 'Commands and PDUs that wait.', () => queues.itemCount);
    gauge('plexus_persister_queue_bytes', 'Bytes of what waits.', () => queues.byteLength);
    gauge('plexus_persister_queue_oldest_seconds', 'Age of the oldest that waits.', () => {
      return queues.oldestEnqueuedAt === undefined ? 0 : (now() - queues.oldestEnqueuedAt) / 1_000;
    });
    gauge(
      'plexus_persister_unpublished_rows',
      'Rows of the room log that are not published.',
      () => persister.publisher.lag,
    );
    gauge('plexus_persister_unprojected_memberships', 'Memberships that wait to be projected.', () => {
      return persister.projector.underWay;
    });
    gauge('synapse_federation_server_number_inbound_pdu_in_staging', 'PDUs that wait for others.', () => {
      return persister.pdus.parking.count;
    });
    gauge(
      'synapse_federation_server_oldest_inbound_pdu_in_staging',
      'Age of the oldest of them, in milliseconds.',
      () => {
        const { oldestParkedAt } = persister.pdus.parking;
        return oldestParkedAt === undefined ? 0 : now() - oldestParkedAt;
      },
    );
    gauge('synapse_event_persisted_position', 'Sum of the positions of the owned shards.', () => {
      return [...persister.shards.all()].reduce((sum, { counters }) => sum + counters.position, 0);
    });
  }

  stored(work: UnitOfWork, milliseconds: number): void {
    this.#units.inc({ outcome: 'stored' });
    this.#unitItems.observe(work.done.length);
    this.#storeSeconds.observe(milliseconds / 1_000);
    this.#persistedEvents.inc(work.storedEvents.length);
    this.#redactedCopies.inc({ outcome: 'stored' }, work.copies.redactedCopies.length);
    this.#redactedCopies.inc({ outcome: 'replaced' }, work.copies.restored.length);
    for (const event of work.storedEvents) this.#countEvent(event);
    for (const { head } of work.rooms.values())
      if (head !== undefined) this.#extremities.observe(head.extremities.length);
    for (const { item, storedEvents, storedBytes } of work.done) {
      const { serverName = '' } = item;
      if (storedEvents > 0 && serverName !== '') this.#scope.use.eventsStored(serverName, storedEvents, storedBytes);
    }
    for (const { item, position } of work.done)
      if (item.traceparent !== undefined && item.traceparent !== '')
        this.#traceStored(item, { position, milliseconds });
  }

  #countEvent(event: UnitOfWork['storedEvents'][number]): void {
    const { type, senderServer } = findTraits(event);
    const isLocal = this.#scope.isHosted(senderServer);
    this.#separateEvents.add(type, isLocal);
    if (isLocal) this.#hostedServers.add(senderServer);
  }

  /** What is published of the item's last row is part of its trace too. */
  #traceStored(
    { shard, enqueuedAt, traceparent }: RoomItem,
    { position, milliseconds }: { readonly position: number; readonly milliseconds: number },
  ): void {
    const now = Date.now();
    const stored = recordSpan({
      name: 'postgres store unit of work',
      kind: 'client',
      traceparent,
      startedAt: now - milliseconds,
      endedAt: now,
      attributes: { 'db.system.name': 'postgresql', 'plexus.waited_ms': Math.max(0, now - milliseconds - enqueuedAt) },
    });
    if (stored !== undefined)
      this.#scope.tracedRows.remember({ shard, position, eventId: undefined, traceparent: stored });
  }

  notStored(outcome: Parameters<PersisterObserver['notStored']>[0], because: unknown): void {
    this.#units.inc({ outcome });
    this.#logger.warn('A unit of work was not stored and is attempted again', { outcome, err: because });
  }

  failed(doing: string, error: unknown): void {
    this.#failures.inc({ doing });
    this.#logger.warn('Something failed and will be tried again', { doing, err: error });
  }

  poisoned(item: RoomItem, because: string): void {
    this.#poisoned.inc();
    this.#logger.error('An input fails however often it is tried', {
      room_id: item.roomId,
      shard: item.shard,
      because,
    });
  }

  commandSettled(outcome: string, command: string): void {
    this.#commands.inc({ outcome, command });
  }

  policyServerAsked(outcome: string): void {
    this.#policyQuestions.inc({ outcome });
  }

  shardsOwned(count: number): void {
    this.#shards.set(count);
  }

  extremitiesCounted(shard: number, rooms: ReadonlyMap<number, number>): void {
    this.#roomExtremities.counted(shard, rooms);
  }

  removed(what: ClearedAway, count: number): void {
    this.#removed.inc({ what }, count);
  }

  pduGivenUp({ roomId, eventId }: Parameters<PersisterObserver['pduGivenUp']>[0], because: string): void {
    this.#pdus.inc({ outcome: 'given-up', rule: '' });
    this.#logger.warn('An event that waited for others was given up', { because, room_id: roomId, event_id: eventId });
  }

  pduReceived({ record, received }: PduReceipt): void {
    const outcome = received.outcome === 'stored' ? received.status : received.outcome;
    const rule = received.outcome === 'stored' ? (received.rule ?? '') : '';
    this.#pdus.inc({ outcome, rule });
    if (outcome === 'soft-failed') this.#softFailed.inc();
    if (outcome === 'accepted' || outcome === 'duplicate' || outcome === 'parked') return;
    const because = 'because' in received ? received.because : rule;
    const { room_id, event_id, origin } = { room_id: record.roomId, event_id: record.eventId, origin: record.origin };
    this.#logger.info('An event of another server was not accepted', { outcome, because, room_id, event_id, origin });
  }
}
