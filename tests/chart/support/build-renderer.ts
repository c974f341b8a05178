import { createHash } from 'node:crypto';
import { access, mkdir, readFile, readdir, rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { findGo } from '../../support/go-toolchain.ts';
import { runCommand } from '../../support/servers/run-command.ts';

const source = new URL('../renderer/', import.meta.url).pathname;

/** Nothing is optimized: compiling takes 70 s less of a processor's time, and a chart is rendered in milliseconds either way. */
const FLAGS = ['-buildvcs=false', '-trimpath', '-gcflags=all=-N -l', '-ldflags=-s -w'];

/** The program of `../renderer`, which has Helm in it. It is built once for each state of its source, which takes minutes the first time. */
export async function buildRenderer(): Promise<string> {
  const program = join(resolve('.cache'), `chart-renderer-${await hashOfSource()}`);
  if (await exists(program)) return program;
  const go = await findGo('1.26.0');
  console.log('Building Helm from its Go module, some minutes where it was never built …');
  await mkdir(resolve('.cache'), { recursive: true });
  // @NOTE It gets its name when it is complete: an interrupted build is begun anew.
  const unfinished = `${program}-${process.pid}`;
  await runCommand(go, ['build', ...FLAGS, '-o', unfinished, '.'], { cwd: source });
  await rename(unfinished, program);
  return program;
}

async function hashOfSource(): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(source)).toSorted()) hash.update(await readFile(join(source, name)));
  return hash.digest('hex').slice(0, 16);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
