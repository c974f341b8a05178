/** Lets one piece of work at a time run in a partition, in the order in which they were asked for; partitions do not wait for each other. */
export class PartitionTurns {
  readonly #last = new Map<number, Promise<unknown>>();

  /** Does the work when what was asked for before has ended. What fails holds up nothing. */
  take<T>(partition: number, work: () => Promise<T>): Promise<T> {
    const result = (this.#last.get(partition) ?? Promise.resolve()).then(work);
    // A failure is its caller's alone.
    const ended = result.catch(() => undefined);
    this.#last.set(partition, ended);
    return result;
  }
}
