import { MatrixError } from '@plexus/matrix-base';
import { PostgresAuditLog } from '@plexus/storage-postgres';
import type { PostgresDatabase } from '@plexus/storage-postgres';

/** Who acts, for the audit log: an operator needs no account. */
const OPERATOR = 'plexus command';

export interface RecordedCommand {
  /** Without arguments, for example `user lock`. */
  readonly name: string;
  readonly serverName: string;
  /** On whom or what, by their names. */
  readonly target: Readonly<Record<string, string>>;
}

/**
 * Does what changes accounts or hosted servers, and writes it into the audit log: the intention before anything is done, then the outcome. A
 * crash in between leaves an entry without an outcome.
 */
export async function recordCommand(
  database: PostgresDatabase,
  { name, serverName, target }: RecordedCommand,
  work: () => Promise<void>,
): Promise<void> {
  const log = new PostgresAuditLog(database);
  const entryId = await log.begin({
    administrator: OPERATOR,
    serverName,
    scope: 'deployment',
    action: `plexus ${name}`,
    target,
    details: {},
    address: '',
  });
  try {
    await work();
  } catch (error) {
    const { httpStatus, errcode } = error instanceof MatrixError ? error : UNKNOWN;
    await log.finish(entryId, { httpStatus, errcode });
    throw error;
  }
  await log.finish(entryId, { httpStatus: 200, errcode: undefined });
}

const UNKNOWN = { httpStatus: 500, errcode: 'M_UNKNOWN' };
