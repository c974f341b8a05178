import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../../support/servers/run-command.ts';
import { sharePackages } from './share-packages.ts';
import { gitArguments } from './previous-release.ts';

const STAMP = '.plexus-built';
/** The release may be from before there were bundles. */
const BUILD =
  'PATH="$PWD/node_modules/.bin:$PATH"; export PATH; tsc -b apps/* && { [ ! -f scripts/bundle.ts ] || node scripts/bundle.ts; }';

/**
 * Builds a commit in a folder of its own, with the packages of this tree where it needs no others. The folder is kept: only the first run
 * builds, and one after other packages were installed.
 */
export async function buildPrevious(root: string, commit: string): Promise<string> {
  // Not below node_modules, where Node runs no TypeScript.
  const tree = join(root, '.cache/plexus-previous', commit);
  const stamp = join(tree, STAMP);
  const wanted = await readFile(join(root, 'package-lock.json'), 'utf8');
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === wanted) return tree;
  console.log(`  building ${commit.slice(0, 12)} …`);
  await rm(tree, { recursive: true, force: true });
  await mkdir(tree, { recursive: true });
  await extract(root, commit, tree);
  if (!(await sharePackages(root, tree)))
    await runCommand('sh', ['scripts/prepare.sh', '--install-only'], { cwd: tree });
  await runCommand('sh', ['-c', BUILD], { cwd: tree });
  await writeFile(stamp, wanted);
  return tree;
}

async function extract(root: string, commit: string, tree: string): Promise<void> {
  const archive = `${tree}.tar`;
  await runCommand('git', gitArguments(root, ['archive', '--format=tar', `--output=${archive}`, commit]));
  await runCommand('tar', ['-xf', archive, '-C', tree]);
  await rm(archive);
}
