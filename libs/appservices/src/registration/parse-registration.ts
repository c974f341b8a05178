import { parse } from 'yaml';
import { readRegistration } from './read-registration.ts';
import type { Registration } from './registration.ts';
import { RegistrationError } from './registration-problem.ts';

/**
 * Reads a registration file (https://spec.matrix.org/v1.19/application-service-api/#registration), with what bridges write beyond the
 * specification. Throws `RegistrationError`; `source` is what it calls the file.
 */
export function parseRegistration(yaml: string, source: string): Registration {
  const read = readRegistration(parseYaml(yaml, source));
  if (read.outcome === 'refused') throw new RegistrationError(source, read.problems);
  return read.registration;
}

/** @NOTE The library's own messages quote the text around a mistake, which may be a token. */
function parseYaml(yaml: string, source: string): unknown {
  try {
    return parse(yaml, { prettyErrors: false, uniqueKeys: true, logLevel: 'error' });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new RegistrationError(source, [{ key: '', reason: `is not YAML: ${code}` }]);
  }
}
