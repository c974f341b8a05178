/** A level of the log that an administrator has set for one service, or for `all` that have none of their own. */
export interface SetLogLevel {
  readonly service: string;
  readonly level: string;
  /** Milliseconds since the epoch; nothing: until it is taken back. */
  readonly expiresAt?: number;
}

/** The process's copy of the levels that administrators have set: a change made in any process is in it within a second. */
export interface LogLevels {
  /** Those that are over too. */
  list(): readonly SetLogLevel[];
  /** Called after each change of the copy; the result ends it. */
  onChange(listener: () => void): () => void;
}

export interface LogLevelRepository extends LogLevels {
  setLevel(level: {
    readonly service: string;
    readonly level: string;
    readonly forMs?: number | undefined;
  }): Promise<void>;
  /** False where none was set. */
  removeLevel(service: string): Promise<boolean>;
}
