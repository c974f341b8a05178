/** Where the log stands in this process. */
export interface LogPlace {
  readonly generation: number;
  positions(): readonly number[];
  reached(positions: readonly number[], signal: AbortSignal): Promise<void>;
}
