// npm test [-- [--full] [part …]]
// Runs the parts below in order, starting the servers that the later ones need once, and ends with one line: N passed, N failed.
import { parseArgs } from 'node:util';
import type { TestServers } from '../tests/support/servers/test-servers.ts';
import { startTestServers } from '../tests/support/servers/test-servers.ts';
import { runCheck, runProject } from './test/run-step.ts';
import type { Tally } from './test/tally-tests.ts';

const checks: Readonly<Record<string, readonly string[]>> = {
  types: ['npm', 'run', '--silent', 'check:types'],
  lint: ['npm', 'run', '--silent', 'check:lint'],
  format: ['npm', 'run', '--silent', 'check:format'],
  layers: ['npm', 'run', '--silent', 'check:layers'],
  'table-owners': ['node', 'scripts/checks/table-owners.ts'],
  migrations: ['node', 'scripts/checks/migrations.ts'],
  'banned-code': ['node', 'scripts/checks/banned-code.ts'],
  'reading-path': ['node', 'scripts/checks/reading-path.ts'],
  'document-paths': ['node', 'scripts/checks/document-paths.ts'],
  'configuration-reference': ['node', 'scripts/generate-config-reference.ts', '--check'],
};
const projects = [
  'unit',
  'chart',
  'integration',
  'specification',
  'flows',
  'federation',
  'upgrade',
  'recovery',
  'image',
] as const;
const parts = [...Object.keys(checks), ...projects];
/** What takes long and is run with `--full`, or where it is named. */
const long: ReadonlySet<string> = new Set(['image']);

const { values, positionals } = parseArgs({
  options: { full: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const unknown = positionals.filter((part) => !parts.includes(part));
if (unknown.length > 0) {
  console.error(`No such part: ${unknown.join(', ')}. There are: ${parts.join(', ')}.`);
  process.exit(2);
}
const chosen = parts.filter((part) =>
  positionals.length > 0 ? positionals.includes(part) : values.full || !long.has(part),
);
const environment: Record<string, string> = values.full ? { PLEXUS_TEST_FULL: '1' } : {};
let servers: TestServers | undefined;
let passed = 0;
const failed: string[] = [];

try {
  if (chosen.some(needsBuild) && !chosen.includes('types'))
    count(await runCheck('build', ['npm', 'run', '--silent', 'build']));
  for (const part of chosen) {
    if (needsServers(part)) servers ??= await startServers();
    await report(part, await runPart(part));
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  failed.push('the test run itself');
} finally {
  await servers?.stop();
}
for (const name of failed) console.log(`failed: ${name}`);
console.log(`${passed} passed, ${failed.length} failed`);
process.exitCode = failed.length > 0 || passed === 0 ? 1 : 0;

function runPart(part: string): Promise<Tally> {
  const command = checks[part];
  return command === undefined ? runProject(part, environment) : runCheck(part, command);
}

async function startServers(): Promise<TestServers> {
  console.log('• starting Postgres, Kafka and Redis');
  const started = await startTestServers();
  Object.assign(environment, started.addresses);
  return started;
}

async function report(part: string, tally: Tally): Promise<void> {
  count(tally);
  const isCheck = checks[part] !== undefined;
  const outcome = tally.failed.length > 0 ? 'FAILED' : 'ok';
  console.log(
    isCheck ? `• ${part}: ${outcome}` : `• ${part}: ${tally.passed} tests passed, ${tally.failed.length} did not`,
  );
}

function count(tally: Tally): void {
  passed += tally.passed;
  failed.push(...tally.failed);
}

function needsBuild(part: string): boolean {
  return ['specification', 'flows', 'federation', 'upgrade', 'recovery'].includes(part);
}

function needsServers(part: string): boolean {
  return part === 'integration' || needsBuild(part);
}
