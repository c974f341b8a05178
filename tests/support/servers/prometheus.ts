import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { findFreePort } from './free-port.ts';
import { canRun, runCommand } from './run-command.ts';
import type { TestServer } from './server-process.ts';
import { createServerProcess } from './server-process.ts';

/** A Prometheus. Address: `http://127.0.0.1:<port>`. */
export interface PrometheusServer extends TestServer {
  /** Asks its API, a path below `/api/v1/`, and gives the `data` of the answer; throws where it reports an error. */
  ask(path: string): Promise<unknown>;
}

export interface PrometheusOptions {
  /** Addresses, `host:port`, that serve `/metrics`. */
  readonly targets: readonly string[];
  /** Files of rules. */
  readonly rules: readonly string[];
}

/** A real Prometheus that scrapes, and evaluates every rule, each second. */
export async function createPrometheus({ targets, rules }: PrometheusOptions): Promise<PrometheusServer> {
  await needPrometheus();
  const port = await findFreePort();
  const address = `http://127.0.0.1:${port}`;
  const directory = await mkdtemp(join(tmpdir(), 'plexus-prometheus-'));
  const config = join(directory, 'prometheus.json');
  const evaluated = await Promise.all(rules.map((path) => copyRules(path, directory)));
  await writeFile(config, JSON.stringify(configurationOf({ targets, rules: evaluated })));
  const server = createServerProcess({
    name: 'Prometheus',
    address,
    directory,
    isReady: () => isReady(address),
    run: () => ({
      command: 'prometheus',
      args: [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(directory, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=warn',
      ],
    }),
  });
  return { ...server, ask: (path) => ask(address, path) };
}

/** Checks files of rules, and runs tests of rules; throws with what it says where they fail. */
export async function runPromtool(...args: readonly string[]): Promise<string> {
  await needPrometheus();
  return runCommand('promtool', args);
}

/** Without the intervals of the groups: a first evaluation may be that far away. */
async function copyRules(path: string, directory: string): Promise<string> {
  const { groups } = parse(await readFile(path, 'utf8')) as { groups: readonly { readonly interval?: string }[] };
  const copy = join(directory, basename(path));
  await writeFile(copy, JSON.stringify({ groups: groups.map(({ interval: _interval, ...group }) => group) }));
  return copy;
}

/** @NOTE JSON is YAML. */
function configurationOf({ targets, rules }: PrometheusOptions): object {
  return {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: rules,
    scrape_configs: [{ job_name: 'plexus', static_configs: [{ targets }] }],
  };
}

async function ask(address: string, path: string): Promise<unknown> {
  const response = await fetch(`${address}/api/v1/${path}`);
  const body = (await response.json()) as { status: string; data?: unknown; error?: string };
  if (body.status !== 'success') throw new Error(`${path}: ${body.error}`);
  return body.data;
}

async function isReady(address: string): Promise<boolean> {
  return fetch(`${address}/-/ready`).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** Installs it where that is possible and it is missing; else throws. */
export async function needPrometheus(): Promise<void> {
  if ((await canRun('prometheus', ['--version'])) && (await canRun('promtool', ['--version']))) return;
  if (process.getuid?.() === 0 && (await canRun('apt-get', ['--version']))) {
    await runCommand('apt-get', ['update', '-q']);
    await runCommand('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'prometheus']);
    return;
  }
  throw new Error('The tests of dashboards and alerts need Prometheus (on Debian: prometheus) to be installed.');
}
