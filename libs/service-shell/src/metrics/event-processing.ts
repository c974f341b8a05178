import { Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';

/** Who follows the room log, as dashboards for Synapse call them. */
export type EventProcessor = 'federation_sender' | 'appservice_sender' | 'sync';

/** A part of the room log that was gone through. */
export interface ProcessedRows {
  readonly rows: number;
  /** When the last event in it was sent, as it says itself, in milliseconds since the epoch; nothing where there was none. */
  readonly lastEventAt: number | undefined;
}

const SECONDS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1_000];

/** How far behind events a follower of the room log is, under the names that dashboards for Synapse ask for. */
export class EventProcessing {
  readonly #name: EventProcessor;
  readonly #now: () => number;
  readonly #lastAt: Gauge<'name'>;
  readonly #lag: Gauge<'name'>;
  readonly #lags: Histogram<'name'>;
  readonly #positions: Gauge<'name'>;
  #processed = 0;

  constructor(registry: Registry, name: EventProcessor, now: () => number) {
    this.#name = name;
    this.#now = now;
    this.#lastAt = gaugeOf(registry, 'last_ts', 'When the last event that was gone through was sent, in milliseconds.');
    this.#lag = gaugeOf(registry, 'lag', 'Milliseconds between when it was sent and when it was gone through.');
    this.#positions = gaugeOf(registry, 'positions', 'Rows of the room log that this process has gone through.');
    this.#lags = lagsOf(registry);
    this.#positions.set({ name }, 0);
  }

  processed({ rows, lastEventAt }: ProcessedRows): void {
    const name = this.#name;
    this.#processed += rows;
    this.#positions.set({ name }, this.#processed);
    if (lastEventAt === undefined) return;
    const lagMs = Math.max(0, this.#now() - lastEventAt);
    this.#lastAt.set({ name }, lastEventAt);
    this.#lag.set({ name }, lagMs);
    this.#lags.observe({ name }, lagMs / 1_000);
  }
}

/** Shared by all that follow the log in this process. */
function gaugeOf(registry: Registry, name: string, help: string): Gauge<'name'> {
  const full = `synapse_event_processing_${name}`;
  const known = registry.getSingleMetric(full);
  if (known instanceof Gauge) return known;
  return new Gauge({ name: full, help, labelNames: ['name'], registers: [registry] });
}

function lagsOf(registry: Registry): Histogram<'name'> {
  const name = 'synapse_event_processing_lag_by_event';
  const known = registry.getSingleMetric(name);
  if (known instanceof Histogram) return known;
  return new Histogram({
    name,
    help: 'Seconds between when an event was sent and when it was gone through; the last one of each portion.',
    labelNames: ['name'],
    buckets: SECONDS,
    registers: [registry],
  });
}
