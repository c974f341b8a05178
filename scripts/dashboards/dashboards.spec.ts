import { globSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { ALL_DASHBOARDS } from './all-dashboards.ts';
import { renderDashboard } from './render-dashboard.ts';

interface Rule {
  readonly alert?: string;
  readonly labels?: { readonly severity?: string };
  readonly annotations?: { readonly runbook_url?: string };
}

const root = new URL('../../', import.meta.url);

function read(path: string): string {
  return readFileSync(new URL(path, root), 'utf8');
}

function alerts(): Rule[] {
  const { groups } = parse(read('helm/plexus/rules/alerts.yaml')) as { groups: { rules: Rule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

it('are generated from their definitions', () => {
  const files = readdirSync(new URL('helm/plexus/dashboards/', root)).toSorted();
  expect(files).toEqual(ALL_DASHBOARDS.map(({ name }) => `${name}.json`).toSorted());
  const outdated = ALL_DASHBOARDS.filter(
    (dashboard) => read(`helm/plexus/dashboards/${dashboard.name}.json`) !== renderDashboard(dashboard),
  );
  expect(outdated.map(({ name }) => name)).toEqual([]);
});

it('lay their panels beside each other without overlap', () => {
  for (const dashboard of ALL_DASHBOARDS) {
    const { panels } = JSON.parse(renderDashboard(dashboard)) as {
      panels: { gridPos: { x: number; y: number; w: number; h: number } }[];
    };
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)}/${y + Math.floor(index / w)}`),
    );
    expect([dashboard.name, new Set(cells).size]).toEqual([dashboard.name, cells.length]);
    expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
  }
});

it('every alert has a severity and a page of its own, and every page an alert', () => {
  const pages = alerts().map(({ annotations }) => annotations?.runbook_url ?? '');
  const written = readdirSync(new URL('docs/operating/runbooks/', root)).filter((name) => name !== 'README.md');
  expect(pages.toSorted()).toEqual(written.map((name) => `docs/operating/runbooks/${name}`).toSorted());
  for (const { alert = '', labels, annotations } of alerts()) {
    expect(['page', 'ticket']).toContain(labels?.severity);
    expect(read(annotations?.runbook_url ?? '').split('\n')[0]).toContain(`\`${alert}\``);
    expect(read('docs/operating/runbooks/README.md')).toContain(`\`${alert}\``);
  }
});

it('runbooks that dashboards name are there', () => {
  const named = ALL_DASHBOARDS.flatMap(({ rows }) =>
    rows.flatMap(({ panels }) => panels.map(({ about }) => about)),
  ).flatMap((about) => [...about.matchAll(/Runbook: ([\w-]+)/g)].map(([, page]) => `${page}.md`));
  expect(named.length).toBeGreaterThan(10);
  const written = new Set(readdirSync(new URL('docs/operating/runbooks/', root)));
  expect(named.filter((page) => !written.has(page))).toEqual([]);
});

it('panels, rows and log records that runbooks name in quotes are there', () => {
  const titles = new Set(
    ALL_DASHBOARDS.flatMap(({ rows }) =>
      rows.flatMap(({ title, panels }) => [title, ...panels.map((one) => one.title)]),
    ),
  );
  const pages = globSync('docs/operating/runbooks/*.md', { cwd: root });
  const quoted = pages.flatMap((page) =>
    [...read(page).matchAll(/"([A-Z][^"]+)"/g)].map(([, text = '']) => ({ page, text: text.replaceAll(/\s+/g, ' ') })),
  );
  expect(quoted.length).toBeGreaterThan(30);
  const sources = globSync('{apps,libs}/*/src/**/*.ts', { cwd: root }).map(read);
  // The beginning of a record is enough to look for.
  const isSaid = (text: string): boolean => sources.some((source) => source.includes(`'${text}`));
  expect(quoted.filter(({ text }) => !titles.has(text) && !isSaid(text))).toEqual([]);
});
