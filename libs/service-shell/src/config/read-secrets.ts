import { readFileSync } from 'node:fs';
import type { ConfigProblem } from './config-error.ts';
import { Secret } from './secret.ts';

type Group = Readonly<Record<string, unknown>>;

/** A secret of a group, from its own value or from the file that `<name>_path` names. */
export function readSecret(group: Group, name: string, report: (problem: ConfigProblem) => void): Secret | undefined {
  const written = group[name];
  const path = group[`${name}_path`];
  if (typeof path !== 'string') return typeof written === 'string' ? new Secret(written) : undefined;
  if (written !== undefined) report({ path: name, reason: `give either ${name} or ${name}_path, not both` });
  try {
    return new Secret(readFileSync(path, 'utf8').trimEnd());
  } catch (error) {
    report({ path: `${name}_path`, reason: error instanceof Error ? error.message : String(error) });
    return undefined;
  }
}
