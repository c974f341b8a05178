import { globSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ALL_DASHBOARDS } from '../../scripts/dashboards/all-dashboards.ts';
import { documentedMetrics } from '../../scripts/dashboards/documented-metrics.ts';
import { namedMetrics } from '../../scripts/dashboards/named-metrics.ts';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import { MatrixHttp } from '../support/matrix-client.ts';
import { createPrometheus, runPromtool } from '../support/servers/prometheus.ts';
import type { PrometheusServer } from '../support/servers/prometheus.ts';
import { inOneMode, uniqueName } from './support/in-both-modes.ts';

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
}

const rulesFolder = fileURLToPath(new URL('../../helm/plexus/rules/', import.meta.url));
const ruleFiles = readdirSync(rulesFolder)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => rulesFolder + name);
const rules = ruleFiles.flatMap((path) => {
  const { groups } = parse(readFileSync(path, 'utf8')) as { groups: { rules: Rule[] }[] };
  return groups.flatMap((group) => group.rules);
});
const recorded = new Set(rules.flatMap(({ record }) => record ?? []));
const queries = ALL_DASHBOARDS.flatMap(({ name, rows }) =>
  rows.flatMap(({ panels }) =>
    panels.flatMap(({ title, queries: own }) => own.map(([expr]) => ({ name, title, expr }))),
  ),
);
/** Prometheus itself knows these of what it scrapes. */
const OWN_METRICS = new Set(['up']);
/** What the pages say is not there, or only where an operator asks for it. */
const NOT_THERE = /^(?:synapse_(?:rate_limit_|pushers$|http_httppusher_)|plexus_hosted_server_)/;
const pages = globSync('docs/operating/**/*.md', { cwd: fileURLToPath(new URL('../../', import.meta.url)) });

describe('alert rules', () => {
  it('are rules that Prometheus understands', async () => {
    expect(await runPromtool('check', 'rules', ...ruleFiles)).toContain('SUCCESS');
  });

  it('fire when they are to, and not before', async () => {
    const tests = fileURLToPath(new URL('support/alerts.promtool.yaml', import.meta.url));
    expect(await runPromtool('test', 'rules', tests)).toContain('SUCCESS');
  });
});

inOneMode('distributed', 'a Prometheus that scrapes a deployment', (deploy) => {
  let deployment: Deployment;
  let prometheus: PrometheusServer;
  beforeAll(async () => {
    deployment = await deploy();
    const http = new MatrixHttp(deployment);
    const ann = await http.register(uniqueName('ann'));
    await ann.send(await ann.createRoom(), 'hello');
    await ann.sync();
    const targets = deployment.services.map(({ operationUrl }) => new URL(operationUrl).host);
    prometheus = await createPrometheus({ targets, rules: ruleFiles });
    await prometheus.start();
    return () => prometheus.dispose();
  });

  it('gets all that dashboards and rules name from every service', async () => {
    const count = deployment.services.length;
    await expect.poll(() => valueOf('sum(up{job="plexus"})'), { timeout: 60_000 }).toBe(count);
    const exported = new Set((await exportedFamilies()).flatMap(({ name, type }) => seriesOf(name, type)));
    const named = new Set([...rules, ...queries].flatMap(({ expr }) => namedMetrics(expr)));
    expect(named.size).toBeGreaterThan(100);
    const absent = [...named].filter((name) => !exported.has(name) && !recorded.has(name) && !OWN_METRICS.has(name));
    expect(absent).toEqual([]);
  });

  it('gets all that the pages for operators name', async () => {
    const families = await exportedFamilies();
    const exported = new Set(families.flatMap(({ name, type }) => [name, ...seriesOf(name, type)]));
    const isExported = (name: string): boolean =>
      exported.has(name) || (name.endsWith('_') && families.some((family) => family.name.startsWith(name)));
    const named = pages.flatMap((page) => documentedMetrics(readPage(page)).map((name) => ({ page, name })));
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter(({ name }) => !isExported(name) && !NOT_THERE.test(name))).toEqual([]);
  });

  it('understands every query of every dashboard', { timeout: 60_000 }, async () => {
    const failures: string[] = [];
    for (const { name, title, expr } of queries) {
      const expression = expr.replaceAll('$__rate_interval', '1m').replaceAll('$deployment', 'plexus');
      await prometheus
        .ask(`query?query=${encodeURIComponent(expression)}`)
        .catch((error: unknown) => failures.push(`${name}, ${title}: ${String(error)}`));
    }
    expect(failures).toEqual([]);
  });

  it('tells processes of services apart', async () => {
    const found = (await prometheus.ask(
      `query?query=${encodeURIComponent('count by (service) (rate(process_cpu_seconds_total[1m]) * on (instance) group_left (service) plexus_build_info)')}`,
    )) as { result: { metric: { service: string } }[] };
    const services = new Set(deployment.services.map(({ service }) => service));
    expect(new Set(found.result.map(({ metric }) => metric.service))).toEqual(services);
  });

  it('finds nothing to alert of in a deployment that is well', async () => {
    const { groups } = (await prometheus.ask('rules')) as {
      groups: { rules: { name: string; health: string; state?: string; lastError?: string }[] }[];
    };
    const evaluated = groups.flatMap((group) => group.rules);
    expect(evaluated.length).toBe(rules.length);
    await expect.poll(unhealthy, { timeout: 30_000 }).toEqual([]);
    expect(evaluated.filter(({ state }) => state === 'firing')).toEqual([]);

    async function unhealthy(): Promise<string[]> {
      const now = (await prometheus.ask('rules')) as { groups: { rules: { name: string; health: string }[] }[] };
      return now.groups.flatMap((group) => group.rules).flatMap(({ name, health }) => (health === 'ok' ? [] : [name]));
    }
  });

  async function exportedFamilies(): Promise<{ readonly name: string; readonly type: string | undefined }[]> {
    const families = (await prometheus.ask('metadata?limit=100000')) as Record<string, readonly { type: string }[]>;
    return Object.entries(families).map(([name, [family]]) => ({ name, type: family?.type }));
  }

  async function valueOf(expression: string): Promise<number> {
    const found = (await prometheus.ask(`query?query=${encodeURIComponent(expression)}`)) as {
      result: { value: [number, string] }[];
    };
    return Number(found.result[0]?.value[1] ?? 0);
  }
});

function readPage(page: string): string {
  return readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8');
}

/** What a family is called where it is asked for. */
function seriesOf(name: string, type: string | undefined): string[] {
  return type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}
