// npm test [-- [--full] [--serial] [part …]]
// Builds, starts the servers that the parts need, runs the parts below, and ends with one line: N passed, N failed.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { TestServers } from '../tests/support/servers/test-servers.ts';
import { startTestServers } from '../tests/support/servers/test-servers.ts';
import { runInLanes } from './test/run-in-lanes.ts';
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
/** What the processor bounds stands in front, what mostly waits at the end: see `runInLanes`. */
const projects = [
  'unit',
  'chart',
  'image',
  'integration',
  'specification',
  'federation',
  'upgrade',
  'flows',
  'recovery',
] as const;
const parts = [...Object.keys(checks), ...projects];
/** What takes long and is run with `--full`, or where it is named. */
const long: ReadonlySet<string> = new Set(['image']);

const usage = `npm test [-- [--full] [--serial] [part …]]

  --full    long parts and whole rounds too, which take hours
  --serial  one part after the other, as where there are fewer than four processors; else two at a time

Parts, all of them where none is named: ${parts.join(', ')}.`;

const { values, positionals } = readArguments();
const unknown = positionals.filter((part) => !parts.includes(part));
if (unknown.length > 0) endWith(2, `No such part: ${unknown.join(', ')}. There are: ${parts.join(', ')}.`);
const chosen = parts.filter((part) =>
  positionals.length > 0 ? positionals.includes(part) : values.full || !long.has(part),
);
/** @NOTE On two processors, faults and stories of many processes beside another part ran into their time limits. */
const isSerial = values.serial || availableParallelism() < 4;
const environment: Record<string, string> = values.full ? { PLEXUS_TEST_FULL: '1' } : {};
let servers: TestServers | undefined;
let passed = 0;
const failed: string[] = [];

try {
  await build();
  if (chosen.some(needsServers)) servers = await startServers();
  await runInLanes(
    chosen.filter((part) => part !== 'types'),
    isSerial ? 1 : 2,
    runPart,
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  failed.push('the test run itself');
} finally {
  await servers?.stop();
}
for (const name of failed) console.log(`failed: ${name}`);
console.log(`${passed} passed, ${failed.length} failed`);
process.exitCode = failed.length > 0 || passed === 0 ? 1 : 0;

function readArguments() {
  const options = {
    full: { type: 'boolean', default: false },
    serial: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  } as const;
  try {
    const read = parseArgs({ options, allowPositionals: true });
    return read.values.help ? endWith(0, usage) : read;
  } catch (error) {
    return endWith(2, `${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}

function endWith(code: number, text: string): never {
  (code === 0 ? console.log : console.error)(text);
  process.exit(code);
}

/** All that is run is built before the lanes begin: nothing is built anew under one that runs it. */
async function build(): Promise<void> {
  if (chosen.includes('types')) await runPart('types');
  else if (chosen.some(needsBuild)) count(await runCheck('build', ['npm', 'run', '--silent', 'build']));
  if (chosen.some(needsBuild)) {
    const { failed: faults } = await runCheck('bundle', ['node', 'scripts/bundle.ts', '--if-stale']);
    failed.push(...faults);
  }
}

async function runPart(part: string, lane = 0): Promise<void> {
  const began = performance.now();
  const command = checks[part];
  const isAlone = isSerial || chosen.length === 1;
  const tally =
    command === undefined
      ? await runProject(part, { environment: { ...environment, PLEXUS_TEST_LANE: String(lane) }, isAlone })
      : await runCheck(part, command);
  count(tally);
  const seconds = Math.round((performance.now() - began) / 1_000);
  const outcome = tally.failed.length > 0 ? 'FAILED' : 'ok';
  console.log(
    command === undefined
      ? `• ${part}: ${tally.passed} tests passed, ${tally.failed.length} did not, ${seconds} s`
      : `• ${part}: ${outcome}, ${seconds} s`,
  );
}

async function startServers(): Promise<TestServers> {
  console.log('• starting Postgres, Kafka and Redis');
  const started = await startTestServers();
  Object.assign(environment, started.addresses);
  return started;
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
