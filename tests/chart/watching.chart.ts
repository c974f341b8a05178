import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { selects } from './support/network.ts';
import type { Labels, LabelSelector } from './support/kubernetes-object.ts';
import { objectsOf } from './support/read-manifests.ts';
import { chart, releaseOf } from './support/releases.ts';

interface MonitorSpec {
  readonly jobLabel: string;
  readonly selector: LabelSelector;
  readonly endpoints: readonly { readonly port: string; readonly path: string }[];
}

const production = releaseOf('production');

it('has every Service scraped, under the service’s name', () => {
  const [monitor] = objectsOf(production, 'ServiceMonitor').map(({ spec }) => spec as MonitorSpec);
  const services = objectsOf(production, 'Service');
  const scraped = services.filter(({ metadata }) => selects(monitor?.selector ?? {}, metadata.labels ?? {}));
  expect(scraped).toEqual(services);
  const jobs = scraped.map(({ metadata }) => labelOf(metadata.labels, monitor?.jobLabel));
  expect(jobs.filter((job) => job === undefined)).toEqual([]);
  expect(new Set(jobs).size).toBe(services.length);
  for (const { spec } of services)
    expect((spec as { ports: { name: string }[] }).ports.map(({ name }) => name)).toContain(
      monitor?.endpoints[0]?.port,
    );
});

describe.each(['rules', 'dashboards'])('%s of the chart', (folder) => {
  const names = readdirSync(`${chart}/${folder}`).filter((name) => /\.(?:yaml|json)$/.test(name));
  const read = (name: string): string => readFileSync(`${chart}/${folder}/${name}`, 'utf8');

  it('are there, as they are written', () => {
    expect(names.length).toBeGreaterThan(0);
    const maps = objectsOf(releaseOf('open'), 'ConfigMap');
    for (const name of names) {
      const own = maps.filter(({ data }) => data?.[name] !== undefined);
      expect(own.map(({ data }) => data?.[name]?.trimEnd())).toEqual([read(name).trimEnd()]);
    }
  });
});

it('gives rules to the Prometheus operator where that is asked for', () => {
  const names = readdirSync(`${chart}/rules`).filter((name) => name.endsWith('.yaml'));
  const specs = objectsOf(production, 'PrometheusRule').map(({ spec }) => spec);
  const written = names.toSorted().map((name) => readFileSync(`${chart}/rules/${name}`, 'utf8'));
  const led = written.map((text) => text.replaceAll('docs/operating/runbooks/', 'https://wiki.example.org/plexus/'));
  expect(specs).toEqual(led.map((text) => parse(text)));
  expect(JSON.stringify(specs)).toContain('"runbook_url":"https://wiki.example.org/plexus/send-slow.md"');
});

it('lets Grafana’s sidecar find the dashboards', () => {
  const dashboards = objectsOf(production, 'ConfigMap').filter(({ metadata }) => metadata.name.includes('-dashboard-'));
  expect(dashboards.length).toBeGreaterThan(0);
  expect(dashboards.filter(({ metadata }) => metadata.labels?.['grafana_dashboard'] !== '1')).toEqual([]);
});

function labelOf(labels: Labels | undefined, name: string | undefined): string | undefined {
  return name === undefined ? undefined : labels?.[name];
}
