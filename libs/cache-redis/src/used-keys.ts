/** How long uses are gathered. A process that reads a key again and again asks for it twice in that time. */
const GATHERED_MS = 1_000;
/** So many keys of a name are told of at most: of very many it is chance which, and none of them is used much less than others. */
const MOST_KEYS = 1_000;

/** Gathers which keys of which names were used, each once, and tells of them now and then. */
export class UsedKeys<N> {
  readonly #tell: (name: N, keys: readonly string[]) => void;
  #keys = new Map<N, Set<string>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(tell: (name: N, keys: readonly string[]) => void) {
    this.#tell = tell;
  }

  note(name: N, key: string): void {
    const keys = this.#keysOf(name);
    if (keys.size < MOST_KEYS) keys.add(key);
    this.#timer ??= setTimeout(() => this.#flush(), GATHERED_MS).unref();
  }

  stop(): void {
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
    for (const [name, keys] of gathered) this.#tell(name, [...keys]);
  }
}
