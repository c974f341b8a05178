/** How long uses are gathered. A process that reads a key again and again asks for it twice in that time. */
const GATHERED_MS = 1_000;
/** So many keys of a name are told of at most: of very many it is chance which, and none of them is used much less than others. */
const MOST_KEYS = 1_000;

/** Gathers which keys of which names were used, each once, and tells of them now and then. Nobody waits for that; where it fails, that is reported. */
export class UsedKeys<N> {
  readonly #tell: (name: N, keys: readonly string[]) => Promise<unknown>;
  readonly #failed: (error: unknown) => void;
  #keys = new Map<N, Set<string>>();
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(tell: (name: N, keys: readonly string[]) => Promise<unknown>, failed: (error: unknown) => void) {
    this.#tell = tell;
    this.#failed = failed;
  }

  note(name: N, key: string): void {
    const keys = this.#keysOf(name);
    if (keys.size < MOST_KEYS) keys.add(key);
    this.#timer ??= setTimeout(() => this.#flush(), GATHERED_MS).unref();
  }

  /** What fails because it was stopped meanwhile is no failure. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #keysOf(name: N): Set<string> {
    const keys = this.#keys.get(name) ?? new Set<string>();
    this.#keys.set(name, keys);
    return keys;
  }

  #flush(): void {
    this.#timer = undefined;
    const gathered = this.#keys;
    this.#keys = new Map();
    for (const [name, keys] of gathered) {
      this.#tell(name, [...keys]).catch((error: unknown) => {
        if (!this.#isStopped) this.#failed(error);
      });
    }
  }
}
