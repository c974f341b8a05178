import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** What a step found. */
export interface Tally {
  readonly passed: number;
  readonly failed: readonly string[];
}

const root = new URL('../..', import.meta.url).pathname;
const outputFolder = join(root, 'test-output');

/** Runs a command that counts as one check; its output is shown only where it fails. */
export async function runCheck(name: string, command: readonly string[]): Promise<Tally> {
  const { code, output } = await run(command, { isShown: false });
  if (code === 0) return { passed: 1, failed: [] };
  process.stdout.write(output);
  return { passed: 0, failed: [name] };
}

/** Runs one project of vitest.config.ts and counts its tests. */
export async function runProject(name: string, environment: Readonly<Record<string, string>>): Promise<Tally> {
  mkdirSync(outputFolder, { recursive: true });
  const report = join(outputFolder, `${name}.json`);
  rmSync(report, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const command = ['vitest', 'run', '--project', name, '--passWithNoTests', ...reporters];
  const { code } = await run(command, { isShown: true, environment });
  const tally = readReport(name, report);
  if (code === 0 || tally.failed.length > 0) return tally;
  return { passed: tally.passed, failed: [`${name}: vitest ended with ${code}`] };
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

function readReport(project: string, path: string): Tally {
  let report: Report;
  try {
    report = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return { passed: 0, failed: [`${project}: no report (${String(error)})`] };
  }
  const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  const broken = report.testResults.filter(({ status, assertionResults }) => {
    return status === 'failed' && assertionResults.every((test) => test.status !== 'failed');
  });
  return {
    passed: tests.filter(({ status }) => status === 'passed').length,
    failed: [
      ...tests
        .filter(({ status }) => status !== 'passed')
        .map(({ fullName, status }) => `${project}: ${fullName} (${status})`),
      ...broken.map(({ name }) => `${project}: ${name} could not be run`),
    ],
  };
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
