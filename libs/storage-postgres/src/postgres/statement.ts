/** A prepared statement: each connection parses it once. The name is unique in the program. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** A parameter as `pg` takes it; `undefined` and null are SQL's null, a buffer goes over the wire as it is. */
export type Parameter = string | number | boolean | null | undefined | Buffer | Date | readonly Parameter[];

/** A statement with its parameters. */
export interface BoundStatement {
  readonly statement: Statement;
  readonly values: readonly Parameter[];
}
