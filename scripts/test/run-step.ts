import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RunReport, Tally } from './tally-tests.ts';
import { firstLine, tallyTests } from './tally-tests.ts';

const root = new URL('../..', import.meta.url).pathname;
const outputFolder = join(root, 'test-output');

/** Runs a command that counts as one check; its output is shown only where it fails. */
export async function runCheck(name: string, command: readonly string[]): Promise<Tally> {
  const { code, output } = await run(command, { isShown: false });
  if (code === 0) return { passed: 1, failed: [] };
  process.stdout.write(output);
  return { passed: 0, failed: [`${name}: ${findFault(output)}`] };
}

/** Runs one project of vitest.config.ts and counts its tests. */
export async function runProject(name: string, environment: Readonly<Record<string, string>>): Promise<Tally> {
  mkdirSync(outputFolder, { recursive: true });
  const path = join(outputFolder, `${name}.json`);
  rmSync(path, { force: true });
  const reporters = ['--reporter=default', '--reporter=./scripts/test/report-run.ts'];
  const command = ['vitest', 'run', '--project', name, '--passWithNoTests', ...reporters];
  const { code } = await run(command, { isShown: true, environment: { ...environment, PLEXUS_TEST_REPORT: path } });
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
  readonly isShown: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}

function run(command: readonly string[], options: RunOptions): Promise<{ code: number | null; output: string }> {
  const [file = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: root,
      env: { ...process.env, ...options.environment },
      stdio: ['ignore', options.isShown ? 'inherit' : 'pipe', options.isShown ? 'inherit' : 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}
