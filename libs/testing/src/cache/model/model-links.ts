import type { ModelWorld } from './model-world.ts';

/** What a connection does to the commands on it. */
export interface LinkState {
  isCut: boolean;
  /** Milliseconds that a command, and its answer, may take. */
  slowness: number;
}

/** Who sends and waits: nothing reaches it while it stands still, and nothing ever once it is dead. */
export interface Receiver {
  deliver(run: () => void): void;
}

export interface Delivery<T> {
  readonly link: LinkState;
  readonly receiver: Receiver;
  /** Hands the command to the server, which may run it later, or never. */
  readonly submit: (command: () => void) => void;
  readonly execute: () => T;
  readonly timeoutMs: number;
  readonly timeoutError: () => Error;
}

/** One connection's commands: they arrive in order, may be lost on their way there or back, and may run after the sender has given up. */
export class ModelLink {
  readonly #world: ModelWorld;
  #lastArrival = 0;

  constructor(world: ModelWorld) {
    this.#world = world;
  }

  request<T>({ link, receiver, submit, execute, timeoutMs, timeoutError }: Delivery<T>): Promise<T> {
    const world = this.#world;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    world.after(timeoutMs, () => receiver.deliver(() => reject(timeoutError())));
    if (link.isCut) {
      if (world.chance(0.5)) receiver.deliver(() => reject(timeoutError()));
      return promise;
    }
    const answer = (settle: () => void): void => {
      if (!link.isCut) world.after(this.#delay(link), () => receiver.deliver(settle));
    };
    this.#lastArrival = Math.max(this.#lastArrival, world.now + this.#delay(link));
    world.after(this.#lastArrival - world.now, () => {
      if (link.isCut) return;
      submit(() => {
        try {
          const result = execute();
          answer(() => resolve(result));
        } catch (error) {
          answer(() => reject(error));
        }
      });
    });
    return promise;
  }

  #delay({ slowness }: LinkState): number {
    return this.#world.between(0.1, 1 + slowness);
  }
}
