import { hash } from 'node:crypto';
import type { NamedCache } from '@plexus/cache';

/** The cache that all processes have in common, and what they tell each other over it. */
export interface SharedAnswersPorts {
  readonly cache: Pick<NamedCache<string>, 'getMany' | 'tell'>;
  /** Calls the listener with the keys of which any process tells. */
  readonly onTold: (listener: (keys: readonly string[]) => void) => void;
}

/** A longer answer stays in the process that made it. */
const MOST_SHARED = 64 * 1024;
const WANDERING = 'wandering ';

/**
 * Answers that several processes may give for the same words of a device: the first of them is what all give. What is ready at the same time, as where one
 * event is told to many, is settled together, in one round trip.
 */
export class SharedAnswers {
  readonly #ports: SharedAnswersPorts;
  #gathered: Gathered | undefined;

  constructor(ports: SharedAnswersPorts) {
    this.#ports = ports;
  }

  /** Tells all processes that the device asks more than one of them. */
  tellOfWandering(device: string): void {
    void this.#ports.cache.tell([`${WANDERING}${device}`]);
  }

  onWandering(listener: (device: string) => void): void {
    this.#ports.onTold((keys) => {
      for (const key of keys) if (key.startsWith(WANDERING)) listener(key.slice(WANDERING.length));
    });
  }

  /** What the device gets: what it was given first as far as that is known, else this. */
  settle(device: string, words: string, body: string): Promise<string> {
    if (body.length > MOST_SHARED) return Promise.resolve(body);
    const gathered = (this.#gathered ??= this.#gather());
    // Tokens may be long.
    const key = hash('sha256', `${device} ${words}`, 'base64url');
    gathered.bodies.set(key, body);
    return gathered.settled.then((settled) => settled.get(key) ?? body);
  }

  #gather(): Gathered {
    const bodies = new Map<string, string>();
    const turn = new Promise<void>((resolve) => setImmediate(resolve));
    const settled = turn.then(() => {
      this.#gathered = undefined;
      return this.#ports.cache.getMany([...bodies.keys()], async (missing) => pick(bodies, missing));
    });
    return { bodies, settled };
  }
}

interface Gathered {
  readonly bodies: Map<string, string>;
  readonly settled: Promise<Map<string, string>>;
}

function pick(bodies: ReadonlyMap<string, string>, keys: readonly string[]): Map<string, string> {
  return new Map(
    keys.flatMap((key) => {
      const body = bodies.get(key);
      return body === undefined ? [] : [[key, body] as const];
    }),
  );
}
