/** A place in a room shard's log; `generation` is the deployment's. */
export interface LogPlace {
  readonly generation: number;
  readonly position: number;
}

/** Where a process stands in the log of a shard that it goes through. */
export class ShardPlace implements LogPlace {
  readonly shard: number;
  readonly generation: number;
  /** Rows up to this one are gone through. */
  position: number;
  /** What is stored; whoever stores another place finds it there. */
  #stored: LogPlace;

  constructor(shard: number, { generation, position }: LogPlace, stored: LogPlace) {
    this.shard = shard;
    this.generation = generation;
    this.position = position;
    this.#stored = stored;
  }

  get stored(): LogPlace {
    return this.#stored;
  }

  get isStored(): boolean {
    return this.#stored.generation === this.generation && this.#stored.position === this.position;
  }

  /** This place is stored now. */
  storedAt(position: number): void {
    this.position = position;
    this.#stored = { generation: this.generation, position };
  }
}
