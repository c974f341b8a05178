import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canRun, runCommand } from '../../support/servers/run-command.ts';
import { buildPrevious } from './build-previous.ts';

/** The release before, ready to run. */
export interface PreviousRelease {
  /** Its built tree; nothing where this tree has to stand for it. */
  readonly tree: string | undefined;
  /** What it is, for who reads the run. */
  readonly what: string;
}

export const root = new URL('../../..', import.meta.url).pathname;

/**
 * The commit that `tests/upgrade/previous` names, built in a folder that is kept. Where the history that has it is not there (an archive, a
 * shallow clone), this tree stands for both releases. Where it should be there and is not, the file is wrong: that throws.
 */
export async function preparePrevious(): Promise<PreviousRelease> {
  const commit = (await readFile(join(root, 'tests/upgrade/previous'), 'utf8')).trim();
  const found = await findCommit(root, commit);
  if (found !== 'there') return { tree: undefined, what: `this tree as both releases: ${found}` };
  return { tree: await buildPrevious(root, commit), what: `the release before is ${commit.slice(0, 12)}` };
}

/** `there`, or why it cannot be expected to be. Throws where the history is complete and lacks the commit. */
export async function findCommit(repository: string, commit: string): Promise<string> {
  if (!existsSync(join(repository, '.git'))) return 'there is no history';
  if (!(await canRun('git', ['--version']))) return 'there is no git';
  if (await canRun('git', gitArguments(repository, ['cat-file', '-e', `${commit}^{commit}`]))) return 'there';
  const shallow = await runCommand('git', gitArguments(repository, ['rev-parse', '--is-shallow-repository']));
  if (shallow.trim() === 'true') return 'the history is cut off';
  throw new Error(
    `tests/upgrade/previous names ${commit}, which this repository does not have although it is complete.`,
  );
}

/** @NOTE The tree may belong to another user than the one that tests it, which git takes for a danger. */
export function gitArguments(repository: string, args: readonly string[]): string[] {
  return ['-c', 'safe.directory=*', '-C', repository, ...args];
}
