// npm test [-- [--full] [--serial] [part …]]
// Builds, starts the servers that the parts need, runs the parts below, and ends with one line: N passed, N failed. Tests leave half of two
// processors idle: checks, and what parts need to have fetched or built, take that half, and never the other one.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { TestServers } from '../tests/support/servers/test-servers.ts';
import { startTestServers } from '../tests/support/servers/test-servers.ts';
import { runInLanes } from './test/run-in-lanes.ts';
import { Preparations } from './test/preparations.ts';
import { runCheck, runProject } from './test/run-step.ts';
import type { Tally } from './test/tally-tests.ts';

const checks: Readonly<Record<string, readonly string[]>> = {
  // What is built has been checked by then.
  types: ['tsc', '-p', 'tsconfig.specs.json'],
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
/**
 * One group after the other on two processors, each two parts at a time: what waits for half of its time has enough of it beside another part.
 * @NOTE Faults and stories of many processes beside another part ran into their time limits there.
 */
const groups = [
  ['unit'],
  ['image'],
  ['integration', 'chart', 'federation', 'specification'],
  ['upgrade'],
  ['flows'],
  ['recovery'],
];
/** What the processor bounds stands in front, what mostly waits at the end: see `runInLanes`. */
const projects = groups.flat();
const parts = [...Object.keys(checks), ...projects];
/** What takes long and is run with `--full`, or where it is named. */
const long: ReadonlySet<string> = new Set(['image']);
/** Of what is needed beside packages, in `tests/support/prepare-part.ts`. */
const prepared = ['federation', 'chart', 'upgrade', 'flows'];

const usage = `npm test [-- [--full] [--serial] [part …]]

  --full    long parts and whole rounds too, which take hours
  --serial  one part after the other; else checks beside tests, and of these two parts at a time where they have time enough

Parts, all of them where none is named: ${parts.join(', ')}.`;

const { values, positionals } = readArguments();
const unknown = positionals.filter((part) => !parts.includes(part));
if (unknown.length > 0) endWith(2, `No such part: ${unknown.join(', ')}. There are: ${parts.join(', ')}.`);
const chosen = parts.filter((part) =>
  positionals.length > 0 ? positionals.includes(part) : values.full || !long.has(part),
);
const environment: Record<string, string> = values.full ? { PLEXUS_TEST_FULL: '1' } : {};
let servers: TestServers | undefined;
let passed = 0;
const failed: string[] = [];

try {
  await build();
  if (chosen.some(needsServers)) servers = await startServers();
  const preparations = new Preparations(prepared.filter((part) => chosen.includes(part)));
  const work = [() => runTests(preparations), runChecks, () => preparations.run()];
  if (values.serial) for (const step of work.toReversed()) await step();
  else await runInLanes(work, 2, (step) => step());
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
  if (!chosen.includes('types') && !chosen.some(needsBuild)) return;
  const began = performance.now();
  const tally = await runCheck('build', ['npm', 'run', '--silent', 'build']);
  report('build', tally, began);
  if (chosen.some(needsBuild)) {
    const { failed: faults } = await runCheck('bundle', ['node', 'scripts/bundle.ts', '--if-stale']);
    failed.push(...faults);
  }
}

async function runChecks(): Promise<void> {
  for (const [name, command] of Object.entries(checks)) {
    if (!chosen.includes(name)) continue;
    const began = performance.now();
    report(name, await runCheck(name, command, { isPolite: true }), began);
  }
}

async function runTests(preparations: Preparations): Promise<void> {
  const planned = availableParallelism() < 4 ? groups : [projects];
  for (const group of values.serial ? projects.map((part) => [part]) : planned) {
    const wanted = group.filter((part) => chosen.includes(part));
    await runInLanes(wanted, 2, async (part, lane) => {
      await preparations.ready(part);
      const began = performance.now();
      const own = { ...environment, PLEXUS_TEST_LANE: String(lane) };
      report(part, await runProject(part, { environment: own, isAlone: wanted.length === 1 }), began);
    });
  }
}

function report(part: string, tally: Tally, began: number): void {
  passed += tally.passed;
  failed.push(...tally.failed);
  const seconds = Math.round((performance.now() - began) / 1_000);
  const outcome = tally.failed.length > 0 ? 'FAILED' : 'ok';
  const counts = `${tally.passed} tests passed, ${tally.failed.length} did not`;
  console.log(`• ${part}: ${part === 'build' || part in checks ? outcome : counts}, ${seconds} s`);
}

async function startServers(): Promise<TestServers> {
  console.log('• starting Postgres, Kafka and Redis');
  const started = await startTestServers();
  Object.assign(environment, started.addresses);
  return started;
}

function needsBuild(part: string): boolean {
  return ['specification', 'flows', 'federation', 'upgrade', 'recovery'].includes(part);
}

function needsServers(part: string): boolean {
  return part === 'integration' || needsBuild(part);
}
