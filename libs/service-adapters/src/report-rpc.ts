import { readCounter, readGauge } from '@plexus/service-shell';
import type { RoomWriter } from '@plexus/rpc';
import { Histogram } from 'prom-client';
import type { Registry } from 'prom-client';

/** Services that are asked by others. */
export type AskedService = 'event-persister' | 'federation-sender' | 'notices' | 'appservice-sender';

const SERVICES: readonly AskedService[] = ['event-persister', 'federation-sender', 'notices', 'appservice-sender'];

/** What this process asks of other services: how much is under way, for how long, and what came of it. */
export class RpcTelemetry {
  /** When each call that is under way began, in this order. */
  readonly #underWay: Readonly<Record<AskedService, Set<{ readonly since: number }>>>;
  /** By service and outcome. */
  readonly #calls = new Map<AskedService, Map<string, number>>();
  readonly #durations: Histogram<'service'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#underWay = {
      'event-persister': new Set(),
      'federation-sender': new Set(),
      notices: new Set(),
      'appservice-sender': new Set(),
    };
    readCounter(registry, {
      name: 'plexus_rpc_calls_total',
      help: 'Questions and commands to other services, by what came of them; looking for another replica included.',
      labels: ['service', 'outcome'],
      read: () =>
        [...this.#calls].flatMap(([service, outcomes]) =>
          [...outcomes].map(([outcome, count]) => [{ service, outcome }, count] as const),
        ),
    });
    this.#durations = new Histogram({
      name: 'plexus_rpc_call_seconds',
      help: 'Time until another service has answered; looking for another replica included.',
      labelNames: ['service'],
      buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
      registers,
    });
    const each = (read: (calls: ReadonlySet<{ readonly since: number }>) => number) => () =>
      SERVICES.map((service) => [{ service }, read(this.#underWay[service])] as const);
    readGauge(registry, {
      name: 'plexus_rpc_waiting_calls',
      help: 'Questions and commands to other services that are not answered yet.',
      labels: ['service'],
      read: each(({ size }) => size),
    });
    readGauge(registry, {
      name: 'plexus_rpc_oldest_seconds',
      help: 'Age of the oldest of them.',
      labels: ['service'],
      read: each((calls) => {
        const [oldest] = calls;
        return oldest === undefined ? 0 : (performance.now() - oldest.since) / 1_000;
      }),
    });
  }

  /** The same promise, followed. */
  follow<T>(
    service: AskedService,
    answer: Promise<T>,
    outcomeOf: (answer: T) => string = () => 'answered',
  ): Promise<T> {
    const call = { since: performance.now() };
    const settle = (outcome: string): void => {
      this.#underWay[service].delete(call);
      this.#count(service, outcome);
      this.#durations.observe({ service }, (performance.now() - call.since) / 1_000);
    };
    this.#underWay[service].add(call);
    answer.then(
      (value) => settle(outcomeOf(value)),
      () => settle('failed'),
    );
    return answer;
  }

  #count(service: AskedService, outcome: string): void {
    const outcomes = this.#calls.get(service) ?? new Map<string, number>();
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    this.#calls.set(service, outcomes);
  }

  /** The way into rooms, followed. */
  followed(writer: RoomWriter): RoomWriter {
    return {
      execute: (command) => this.follow('event-persister', writer.execute(command), ({ $case }) => $case),
    };
  }
}
