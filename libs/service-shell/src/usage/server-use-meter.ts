import type { Clock } from '@plexus/matrix-base';
import type { ServerUse, ServerUseCounter } from '@plexus/storage';
import type { HostedServerCounter } from '../metrics/hosted-server-counter.ts';

type Counted = { -readonly [Kind in keyof ServerUse]: number };

/** Metrics of those hosted servers that have series of their own. */
export interface UseSeries {
  readonly trafficBytes: Pick<HostedServerCounter, 'add'>;
  readonly eventBytes: Pick<HostedServerCounter, 'add'>;
}

const STORE_EVERY_MS = 10_000;

/**
 * Counts what this process does for each hosted server, in memory: to be told costs next to nothing. What was counted is added to Postgres now and
 * then; who has done nothing since has nothing here.
 */
export class ServerUseMeter {
  readonly #series: UseSeries | undefined;
  #counted = new Map<string, Counted>();

  constructor(series?: UseSeries) {
    this.#series = series;
  }

  request(serverName: string, { receivedBytes, sentBytes }: Pick<ServerUse, 'receivedBytes' | 'sentBytes'>): void {
    const counted = this.#of(serverName);
    counted.requests += 1;
    counted.receivedBytes += receivedBytes;
    counted.sentBytes += sentBytes;
    this.#series?.trafficBytes.add(serverName, receivedBytes + sentBytes);
  }

  eventsStored(serverName: string, count: number, bytes: number): void {
    const counted = this.#of(serverName);
    counted.events += count;
    counted.eventBytes += bytes;
    this.#series?.eventBytes.add(serverName, bytes);
  }

  transactionSent(serverName: string, events: number): void {
    const counted = this.#of(serverName);
    counted.transactions += 1;
    counted.sentEvents += events;
  }

  /** What was counted since the last time. */
  take(): ReadonlyMap<string, ServerUse> {
    const counted = this.#counted;
    this.#counted = new Map();
    return counted;
  }

  /** Stores what was counted, until the signal, and once after it. What could not be stored is counted again with what comes next. */
  async storeUntil(
    signal: AbortSignal,
    {
      counter,
      clock,
      failed,
    }: {
      readonly counter: ServerUseCounter;
      readonly clock: Pick<Clock, 'delay'>;
      readonly failed: (error: unknown) => void;
    },
  ): Promise<void> {
    while (!signal.aborted) {
      await clock.delay(STORE_EVERY_MS, signal);
      await this.#store(counter, failed);
    }
  }

  async #store(counter: ServerUseCounter, failed: (error: unknown) => void): Promise<void> {
    const uses = this.take();
    if (uses.size === 0) return;
    try {
      await counter.addUse(uses);
    } catch (error) {
      failed(error);
      for (const [serverName, use] of uses) this.#putBack(serverName, use);
    }
  }

  #putBack(serverName: string, use: ServerUse): void {
    const counted = this.#of(serverName);
    for (const kind of KINDS) counted[kind] += use[kind];
  }

  #of(serverName: string): Counted {
    let counted = this.#counted.get(serverName);
    if (counted === undefined) {
      counted = { ...NOTHING };
      this.#counted.set(serverName, counted);
    }
    return counted;
  }
}

const NOTHING: ServerUse = {
  requests: 0,
  receivedBytes: 0,
  sentBytes: 0,
  events: 0,
  eventBytes: 0,
  transactions: 0,
  sentEvents: 0,
};
const KINDS = Object.keys(NOTHING) as (keyof ServerUse)[];
