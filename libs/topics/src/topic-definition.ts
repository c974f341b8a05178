/** Bytes of a record and back. `decode` throws on bytes that are no such record. */
export interface RecordCodec<T> {
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): T;
  /** About how many bytes `encode` gives, where that can be told without it: within one process records are not encoded. */
  sizeOf?(value: T): number;
}

/**
 * What the loss of records means. `never`: an acknowledged record is kept until it is trimmed. `refilled`: consumers find the gap and
 * fill it from Postgres. `tolerable`: nobody misses it for long.
 */
export type IfLost = 'never' | 'refilled' | 'tolerable';

/** A topic: its name in this deployment, its records' encoding, and how much it matters that none is lost. */
export interface TopicDefinition<T> {
  readonly name: string;
  readonly codec: RecordCodec<T>;
  readonly ifLost: IfLost;
}

/** A topic as a deployment has it: the number of partitions is fixed when it is created. */
export interface TopicSetup {
  readonly topic: Pick<TopicDefinition<never>, 'name' | 'ifLost'>;
  readonly partitions: number;
}

/** No record is larger: what does not fit is stored and referred to. */
export const MAX_RECORD_BYTES = 256 * 1024;
