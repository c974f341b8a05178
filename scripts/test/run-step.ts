import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import type { RunReport, Tally } from './tally-tests.ts';
import { showLines } from './show-lines.ts';
import { firstLine, tallyTests } from './tally-tests.ts';

const root = new URL('../..', import.meta.url).pathname;
const outputFolder = join(root, 'test-output');

/** Runs a command that counts as one check; its output is shown only where it fails. */
export async function runCheck(
  name: string,
  command: readonly string[],
  { isPolite = false }: Pick<RunOptions, 'isPolite'> = {},
): Promise<Tally> {
  const { code, output } = await run(command, { show: 'nothing', isPolite });
  if (code === 0) return { passed: 1, failed: [] };
  process.stdout.write(output);
  return { passed: 0, failed: [`${name}: ${findFault(output)}`] };
}

/** How a project is run, and how what it writes is shown: as it is, or line by line with its name, where others run beside it. */
export interface ProjectRun {
  readonly environment: Readonly<Record<string, string>>;
  readonly isAlone: boolean;
}

/** Runs one project of vitest.config.ts and counts its tests. */
export async function runProject(name: string, { environment, isAlone }: ProjectRun): Promise<Tally> {
  mkdirSync(outputFolder, { recursive: true });
  const path = join(outputFolder, `${name}.json`);
  rmSync(path, { force: true });
  const reporters = ['--reporter=default', '--reporter=./scripts/test/report-run.ts'];
  const command = ['vitest', 'run', '--project', name, '--passWithNoTests', ...reporters];
  const { code } = await run(command, {
    show: isAlone ? 'everything' : { as: name },
    environment: { ...environment, PLEXUS_TEST_REPORT: path },
  });
  const report = readReport(path);
  if (report === undefined)
    return { passed: 0, failed: [`${name}: vitest ended with ${code} before it wrote a report`] };
  const tally = tallyTests(name, report);
  if (code === 0 || tally.failed.length > 0) return tally;
  return { passed: tally.passed, failed: [`${name}: vitest ended with ${code}`] };
}

function readReport(path: string): RunReport | undefined {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

/** The line of a check's output that says what is wrong: the first that speaks of an error, else the first one. */
function findFault(output: string): string {
  return firstLine(output.split('\n').find((line) => /\berror\b/i.test(line)) ?? output);
}

interface RunOptions {
  readonly show: 'nothing' | 'everything' | { readonly as: string };
  readonly environment?: Readonly<Record<string, string>>;
  /** It gets little more of the processor's time than others leave. */
  readonly isPolite?: boolean;
}

/** `output` is what was not shown. */
async function run(
  command: readonly string[],
  { show, environment, isPolite = false }: RunOptions,
): Promise<{ code: number | null; output: string }> {
  const [file = '', ...args] = command;
  const sink = show === 'everything' ? 'inherit' : 'pipe';
  const child = spawn(file, args, {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', sink, sink],
  });
  if (isPolite && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  let output = '';
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
  const shown = typeof show === 'object' ? streams.map((stream) => showLines(stream, show.as, write)) : [];
  if (show === 'nothing') for (const stream of streams) stream.on('data', (chunk: Buffer) => (output += String(chunk)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  await Promise.all(shown);
  return { code, output };
}

function write(text: string): void {
  process.stdout.write(text);
}
