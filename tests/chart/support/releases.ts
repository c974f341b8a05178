import { readdirSync, readFileSync } from 'node:fs';
import { renderChart } from './render-chart.ts';
import type { Manifest, Rendered } from './render-chart.ts';

const root = new URL('../../../', import.meta.url).pathname;
const folder = new URL('../', import.meta.url).pathname;

export const chart = `${root}helm/plexus`;

export interface TestedRelease {
  /** The values file, without its ending. */
  readonly name: string;
  readonly manifests: readonly Manifest[];
}

export interface RefusedValues {
  readonly name: string;
  /** What the refusal has to name. */
  readonly expected: string;
  readonly error: string | undefined;
}

const accepted = names(folder);
const refused = names(`${folder}refused`);
const changed = names(`${folder}changed`);
const answers = await renderChart(chart, [
  ...accepted.map((name) => release(`${folder}${name}.yaml`)),
  ...refused.map((name) => release(`${folder}refused/${name}.yaml`)),
  ...changed.map((name) => release(`${folder}minimal.yaml`, `${folder}changed/${name}.yaml`)),
  { ...release(`${folder}minimal.yaml`), isUpgrade: true },
]);

/** What comes of each values file in this folder. */
export const releases: readonly TestedRelease[] = accepted.map((name, index) => ({
  name,
  manifests: manifestsOf(name, answers[index]),
}));

/** What comes of each values file in `refused`. */
export const refusals: readonly RefusedValues[] = refused.map((name, index) => ({
  name,
  expected: /^# expected: (.+)$/m.exec(readFileSync(`${folder}refused/${name}.yaml`, 'utf8'))?.[1] ?? 'an expectation',
  error: answers[accepted.length + index]?.error,
}));

export const upgrade: TestedRelease = { name: 'upgrade', manifests: manifestsOf('upgrade', answers.at(-1)) };

/** What comes of `minimal.yaml` with a values file of the folder `changed` over it. */
export function changeOf(name: string): TestedRelease {
  const index = changed.indexOf(name);
  if (index === -1) throw new Error(`There are no values changed/${name}.yaml.`);
  return { name, manifests: manifestsOf(name, answers[accepted.length + refused.length + index]) };
}

/** The release of one values file. */
export function releaseOf(name: string): TestedRelease {
  const found = releases.find((each) => each.name === name);
  if (found === undefined) throw new Error(`There are no values ${name}.yaml.`);
  return found;
}

function manifestsOf(name: string, answer: Rendered | undefined): readonly Manifest[] {
  if (answer?.error !== undefined) throw new Error(`${name}.yaml: ${answer.error}`);
  return answer?.manifests ?? [];
}

function release(...values: readonly string[]) {
  return { name: 'chat', namespace: 'chat', isUpgrade: false, values };
}

function names(path: string): string[] {
  return readdirSync(path)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.replace(/\.yaml$/, ''));
}
