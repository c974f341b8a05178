import type { Clock } from '@plexus/matrix-base';
import { appserviceInboxName, StorageError } from '@plexus/storage';
import type { AppserviceAppend, AppserviceAppender } from '@plexus/storage';

export interface AppendWriterPorts {
  readonly appender: Pick<AppserviceAppender, 'append'>;
  readonly clock: Clock;
  /** These queues have something new. Must return at once. */
  appended(appserviceIds: ReadonlySet<string>): void;
  failed(doing: string, error: unknown): void;
}

export type AppendOutcome = 'stored' | 'moved' | 'stopped';

interface Waiting {
  readonly work: AppserviceAppend;
  readonly resolve: (outcome: AppendOutcome) => void;
}

const MOST_ITEMS = 2_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Stores what is put into queues: all that waits as one unit of work, one at a time. Where one part of it finds its source moved by another
 * process, each part is tried alone. What fails for want of Postgres is tried until it is stored; a part that names a source is stored once.
 */
export class AppendWriter {
  readonly #ports: AppendWriterPorts;
  readonly #stopping = new AbortController();
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;

  constructor(ports: AppendWriterPorts) {
    this.#ports = ports;
  }

  get depth(): number {
    return this.#waiting.length;
  }

  append(work: AppserviceAppend): Promise<AppendOutcome> {
    return new Promise((resolve) => {
      this.#waiting.push({ work, resolve });
      this.#running ??= this.#run();
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    // What is asked for in the same turn goes together.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#store(this.#nextBatch());
    this.#running = undefined;
  }

  /** @NOTE Two parts that move the same thing from the same place may not both be stored: the second waits, and finds it moved. */
  #nextBatch(): Waiting[] {
    const batch: Waiting[] = [];
    const moved = new Set<string>();
    let items = 0;
    for (const waiting of this.#waiting) {
      const names = namesIn(waiting.work);
      if (batch.length > 0 && (items >= MOST_ITEMS || names.some((name) => moved.has(name)))) break;
      for (const name of names) moved.add(name);
      items += waiting.work.items.length;
      batch.push(waiting);
    }
    this.#waiting = this.#waiting.slice(batch.length);
    return batch;
  }

  async #store(batch: readonly Waiting[]): Promise<void> {
    const outcome = await this.#untilStored(mergeWork(batch.map(({ work }) => work)));
    if (outcome === 'moved' && batch.length > 1) {
      for (const each of batch) await this.#store([each]);
      return;
    }
    if (outcome === 'stored') {
      this.#ports.appended(new Set(batch.flatMap(({ work }) => work.items.map(({ appserviceId }) => appserviceId))));
    }
    for (const { resolve } of batch) resolve(outcome);
  }

  async #untilStored(work: AppserviceAppend): Promise<AppendOutcome> {
    const { appender, clock, failed } = this.#ports;
    const { signal } = this.#stopping;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        return await appender.append(work);
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
        failed('put something into queues', error);
        if (signal.aborted) return 'stopped';
        await clock.delay(pauseMs, signal);
      }
    }
  }
}

function namesIn({ moves, reads }: AppserviceAppend): string[] {
  return [...moves.map(({ source }) => source), ...reads.map(appserviceInboxName)];
}

function mergeWork(works: readonly AppserviceAppend[]): AppserviceAppend {
  const [first] = works;
  if (first !== undefined && works.length === 1) return first;
  return {
    moves: works.flatMap(({ moves }) => moves),
    reads: works.flatMap(({ reads }) => reads),
    items: works.flatMap(({ items }) => items),
    members: works.flatMap(({ members }) => members),
  };
}
