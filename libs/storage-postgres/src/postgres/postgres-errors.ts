import { StorageError } from '@plexus/storage';
import { DatabaseError } from 'pg';

/** SQLSTATE classes that say that this input fails however often it is tried: data, integrity, program limits. */
const DETERMINISTIC_CLASSES = new Set(['22', '23', '54']);

/** The SQLSTATE of an error that Postgres answered; nothing for anything else, a broken connection above all. */
export function sqlStateOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}

/**
 * Whether the statement may have taken effect: Postgres did not answer, or was told to stop (class 57), which can be after the
 * transaction was committed and before its standby had it.
 */
function isOutcomeUnknown(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === undefined || state.startsWith('57P');
}

/** Whether the same statement with the same parameters would fail again. */
export function isDeterministic(error: unknown): boolean {
  return DETERMINISTIC_CLASSES.has(sqlStateOf(error)?.slice(0, 2) ?? '');
}

/**
 * Turns what the driver throws into a `StorageError`. The outcome of a write is unknown where the connection ended before it was
 * answered; where Postgres answered with an error of its own, the statement had no effect.
 */
export function toStorageError(error: unknown, doing: string): StorageError {
  if (error instanceof StorageError) return error;
  const because = error instanceof Error ? error.message : String(error);
  return new StorageError(`${doing}: ${because}`, { cause: error, outcomeUnknown: isOutcomeUnknown(error) });
}
