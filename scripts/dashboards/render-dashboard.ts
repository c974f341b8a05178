import type { Dashboard, Panel, Row } from './panel.ts';

const WIDTH = 24;
const HEIGHT = 8;
const HEADING = 1;
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/** A dashboard as Grafana (10 or newer) imports it. */
export function renderDashboard({ name, title, rows }: Dashboard): string {
  const dashboard = {
    uid: `plexus-${name}`,
    title: `Plexus: ${title}`,
    tags: ['plexus'],
    schemaVersion: 39,
    version: 1,
    editable: true,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    timezone: 'browser',
    links: [
      { type: 'dashboards', title: 'Plexus', tags: ['plexus'], asDropdown: true, keepTime: true, includeVars: true },
    ],
    templating: { list: [datasourceVariable, deploymentVariable] },
    annotations: { list: [releases] },
    panels: placeRows(rows),
  };
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}

const datasourceVariable = { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' };
const deploymentVariable = {
  name: 'deployment',
  label: 'Deployment',
  type: 'query',
  datasource: DATASOURCE,
  query: 'label_values(plexus_build_info, server_name)',
  refresh: 2,
};
const releases = {
  name: 'Releases',
  enable: true,
  datasource: DATASOURCE,
  // A release that was not there five minutes ago.
  expr: 'count by (version) (plexus_build_info{server_name="$deployment"}) unless count by (version) (plexus_build_info{server_name="$deployment"} offset 5m)',
  iconColor: 'blue',
  titleFormat: '{{version}}',
};

function placeRows(rows: readonly Row[]): object[] {
  const placed: object[] = [];
  let top = 0;
  for (const { title, panels } of rows) {
    placed.push({
      id: placed.length + 1,
      type: 'row',
      title,
      collapsed: false,
      panels: [],
      gridPos: { h: HEADING, w: WIDTH, x: 0, y: top },
    });
    top += HEADING;
    const perLine = Math.min(panels.length, panels.every(({ kind }) => kind === 'number') ? 6 : 3);
    const width = Math.floor(WIDTH / perLine);
    for (const [index, panel] of panels.entries()) {
      const gridPos = {
        h: HEIGHT,
        w: width,
        x: (index % perLine) * width,
        y: top + Math.floor(index / perLine) * HEIGHT,
      };
      placed.push(renderPanel(panel, placed.length + 1, gridPos));
    }
    top += Math.ceil(panels.length / perLine) * HEIGHT;
  }
  return placed;
}

function renderPanel({ title, about, unit, kind, bound, queries }: Panel, id: number, gridPos: object): object {
  const steps = [{ color: 'green', value: null }, ...(bound === undefined ? [] : [{ color: 'red', value: bound }])];
  const custom = kind === 'lines' && bound !== undefined ? { thresholdsStyle: { mode: 'line' } } : {};
  return {
    id,
    type: kind === 'lines' ? 'timeseries' : 'stat',
    title,
    description: about,
    datasource: DATASOURCE,
    gridPos,
    fieldConfig: { defaults: { unit, min: 0, thresholds: { mode: 'absolute', steps }, custom }, overrides: [] },
    options:
      kind === 'lines' ? { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } } : {},
    targets: queries.map(([expr, legendFormat], index) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + index),
      datasource: DATASOURCE,
      expr,
      legendFormat,
    })),
  };
}
