import type { Logger } from '../logging/logger.ts';

export type StopHook = () => void | Promise<void>;

/**
 * The end of a service, in order:
 *
 *     running ──begin()──> draining ──stop hooks, last registered first──> stopped
 *
 * `draining` is aborted first, so that long polls answer and loops end. What was started last is stopped first: the listeners, then what
 * their requests used. A hook that fails is logged and does not hold up the ones after it.
 */
export class Shutdown {
  readonly #logger: Logger;
  readonly #draining = new AbortController();
  readonly #hooks: { name: string; stop: StopHook }[] = [];
  #finished: Promise<readonly string[]> | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Aborted when the service begins to stop. */
  get draining(): AbortSignal {
    return this.#draining.signal;
  }

  /** Registers how to stop something that was just started. */
  onStop(name: string, stop: StopHook): void {
    this.#hooks.push({ name, stop });
  }

  /** Stops everything, once; resolves to the names of the hooks that failed. */
  begin(): Promise<readonly string[]> {
    this.#finished ??= this.#run();
    return this.#finished;
  }

  async #run(): Promise<readonly string[]> {
    this.#draining.abort();
    const failed: string[] = [];
    for (let hook = this.#hooks.pop(); hook !== undefined; hook = this.#hooks.pop()) {
      try {
        await hook.stop();
      } catch (error) {
        failed.push(hook.name);
        this.#logger.error('Something did not stop cleanly', { hook: hook.name, err: error });
      }
    }
    return failed;
  }
}
