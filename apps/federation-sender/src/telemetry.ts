import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { OutboundAnswer } from '@plexus/remote-servers';
import type { Logger } from '@plexus/service-shell';
import type { RoomGapRecord } from '@plexus/topics';
import type { KeySource } from './keys/fetch-server-keys.ts';
import type { Completion } from './remote-rooms/complete-joins.ts';
import type { ContentOutcome } from './remote-rooms/fetch-contents.ts';
import type { GapOutcome } from './remote-rooms/fill-gap.ts';

/** What this app counts and logs. */
export class SenderTelemetry {
  readonly #logger: Logger;
  readonly #requests: Counter;
  readonly #durations: Histogram;
  readonly #keys: Counter;
  readonly #gaps: Counter;
  readonly #contents: Counter;
  readonly #completions: Counter;

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
    this.#gaps = new Counter({
      name: 'plexus_room_gaps_total',
      help: 'Gaps in rooms that were attended to, by what became of them.',
      labelNames: ['outcome'],
      registers,
    });
    this.#contents = new Counter({
      name: 'plexus_event_contents_fetched_total',
      help: 'Events that came without their content and were attended to, by what became of them.',
      labelNames: ['outcome'],
      registers,
    });
    this.#completions = new Counter({
      name: 'plexus_partial_join_completions_total',
      help: 'Times that the members of a room that was joined without them were fetched, by what became of it.',
      labelNames: ['outcome'],
      registers,
    });
    this.#keys = new Counter({
      name: 'plexus_server_key_fetches_total',
      help: 'Times that a server, or a notary in its stead, was asked for its keys.',
      labelNames: ['source', 'outcome'],
      registers,
    });
  }

  /** A gap in a room was attended to. */
  gapFilled({ roomId, eventId, origin, attempt }: RoomGapRecord, outcome: GapOutcome): void {
    this.#gaps.inc({ outcome });
    const context = { room: roomId, event: eventId, origin, attempt, outcome };
    if (outcome === 'dropped') this.#logger.warn('An event is given up: nobody has what it follows', context);
    else this.#logger.debug('A gap in a room was attended to', context);
  }

  contentAttended(outcome: ContentOutcome): void {
    this.#contents.inc({ outcome });
  }

  gapFailed(error: unknown): void {
    this.#gaps.inc({ outcome: 'failed' });
    this.#logger.warn('A gap in a room could not be attended to', { err: error });
  }

  /** Members that a join left out were fetched, or not. */
  joinCompleted(completion: Completion): void {
    this.#completions.inc({ outcome: completion.outcome });
    if (completion.outcome === 'completed') return;
    this.#logger.info('The members of a joined room were not fetched', { ...completion });
  }

  completionFailed(error: unknown): void {
    this.#completions.inc({ outcome: 'failed' });
    this.#logger.warn('The members of joined rooms could not be looked after', { err: error });
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

  upkeepFailed(error: unknown): void {
    this.#logger.warn('Old documents of other servers could not be forgotten', { err: error });
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
