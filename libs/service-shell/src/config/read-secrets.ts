import type { ConfigProblem } from './config-error.ts';
import { Secret, SecretFile } from './secret.ts';

type Group = Readonly<Record<string, unknown>>;

/** A secret of a group: its own value, or what is in the file that `<name>_path` names, which is not read yet. */
export function readSecret(group: Group, name: string, report: (problem: ConfigProblem) => void): Secret | undefined {
  const written = group[name];
  const path = group[`${name}_path`];
  if (typeof path !== 'string') return typeof written === 'string' ? new Secret(written) : undefined;
  if (written !== undefined) report({ path: name, reason: `give either ${name} or ${name}_path, not both` });
  return new SecretFile(path);
}

/** The files of secrets that cannot be read, of what these are in. */
export function checkSecretFiles(values: Group): ConfigProblem[] {
  return Object.entries(values).flatMap(([name, value]) => {
    if (value instanceof SecretFile) return checkSecretFile(value, name);
    if (typeof value !== 'object' || value === null) return [];
    return checkSecretFiles(value as Group).map((problem) => ({ ...problem, path: `${name}.${problem.path}` }));
  });
}

function checkSecretFile(secret: SecretFile, name: string): ConfigProblem[] {
  try {
    secret.reveal();
    return [];
  } catch (error) {
    return [{ path: `${name}_path`, reason: error instanceof Error ? error.message : String(error) }];
  }
}
