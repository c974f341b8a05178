/** A prepared statement; the name is unique in the program. */
export interface LogStatement {
  readonly name: string;
  readonly text: string;
}

type LogValue = string | number | null | Buffer;

/** The database that keeps the log: runs one statement in a transaction of its own. */
export interface LogDatabase {
  run<Row extends object>(
    statement: LogStatement,
    values?: readonly (LogValue | readonly LogValue[])[],
  ): Promise<Row[]>;
}
