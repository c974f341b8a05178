import { Query } from 'pg';
import type { Connection } from 'pg';
import type { BoundStatement, Parameter } from './statement.ts';

interface Wagon {
  readonly name: string;
  readonly values: (string | Buffer | null)[];
}

/**
 * Statements that the connection has prepared, sent as one and answered as one: an error skips those behind it. Their rows are dropped.
 *
 * @NOTE The driver ends each statement with a Sync, for which Postgres flushes an answer of its own. The protocol wants one behind the last only
 * (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY). To the driver this is one query.
 */
export class StatementTrain extends Query {
  readonly #wagons: readonly Wagon[];

  /** Throws where a parameter is of a kind that statements sent alone only may have. */
  constructor(statements: readonly BoundStatement[], settled: (error: Error | undefined) => void) {
    super({ text: '' }, settled);
    this.#wagons = statements.map(({ statement: { name }, values }) => ({ name, values: values.map(toWire) }));
  }

  override submit = (connection: Connection): void => {
    for (const { name, values } of this.#wagons) {
      connection.bind({ statement: name, values }, true);
      connection.execute(null, true);
    }
    connection.sync();
  };

  /** Called by the driver. */
  handleDataRow(): void {}

  handleCommandComplete(): void {}
}

function toWire(value: Parameter): string | Buffer | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || Buffer.isBuffer(value)) return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new TypeError('a train of statements takes texts, numbers, booleans and bytes');
}
