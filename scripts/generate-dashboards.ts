// Writes helm/plexus/dashboards/*.json, for Grafana, from the definitions in scripts/dashboards.
// With --check it writes nothing and fails where one of them is out of date.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ALL_DASHBOARDS } from './dashboards/all-dashboards.ts';
import { renderDashboard } from './dashboards/render-dashboard.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const folder = new URL('../helm/plexus/dashboards/', import.meta.url);
const wanted = new Map(ALL_DASHBOARDS.map((dashboard) => [`${dashboard.name}.json`, renderDashboard(dashboard)]));

mkdirSync(folder, { recursive: true });
const present = new Map(readdirSync(folder).map((name) => [name, readFileSync(new URL(name, folder), 'utf8')]));
for (const name of new Set([...wanted.keys(), ...present.keys()])) {
  const text = wanted.get(name);
  if (text === present.get(name)) continue;
  if (values.check) fail(name);
  else if (text === undefined) rmSync(new URL(name, folder));
  else writeFileSync(new URL(name, folder), text);
}

function fail(name: string): void {
  console.error(`helm/plexus/dashboards/${name} is out of date: run npm run dashboards`);
  process.exitCode = 1;
}
