import { RegistrationError } from '@plexus/appservices';
import { StorageError } from '@plexus/storage';
import { TopicError } from '@plexus/topics';
import { ConfigError } from '../config/config-error.ts';
import { StartError } from './start-error.ts';

/** Says why a process or a command ends, and ends it with 1 in time. */
export function reportFailedStart(error: unknown): void {
  process.stderr.write(`${explainFailure(error)}\n`);
  process.exitCode = 1;
}

/** One clear sentence for what the operator can mend, a stack for what is a mistake of ours. */
export function explainFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isMendable = [ConfigError, StartError, RegistrationError].some((kind) => error instanceof kind);
  return isMendable || isArgumentError(error) || isFromOutside(error) ? error.message : (error.stack ?? error.message);
}

function isArgumentError(error: Error): boolean {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}

/** Classes of SQLSTATE for statements that no Postgres takes; that something is not allowed (42501) is not among them. */
const MISTAKES_IN_STATEMENTS = /^(?:22|23|42(?!501)|XX)/;

/** Postgres or Kafka is away, or does not let us in: no stack tells more. */
function isFromOutside(error: Error): boolean {
  if (!(error instanceof StorageError || error instanceof TopicError)) return false;
  const { cause } = error;
  return !(cause instanceof Error && 'code' in cause && MISTAKES_IN_STATEMENTS.test(String(cause.code)));
}
