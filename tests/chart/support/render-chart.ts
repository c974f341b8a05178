import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { buildRenderer } from './build-renderer.ts';
import type { KubernetesObject } from './kubernetes-object.ts';

export interface Release {
  readonly name: string;
  readonly namespace: string;
  readonly isUpgrade: boolean;
  /** Paths of values files, later ones over earlier ones. */
  readonly values: readonly string[];
}

export interface Manifest {
  /** The template that it comes from. */
  readonly source: string;
  readonly object: KubernetesObject;
  /** Why Kubernetes would not take it. */
  readonly fault?: string;
}

export interface Rendered {
  /** Why there is nothing. */
  readonly error?: string;
  readonly manifests: readonly Manifest[];
  readonly notes: string;
}

/** Renders releases of a chart as Helm does, and reads each manifest as the Kubernetes type that it names. */
export async function renderChart(chart: string, releases: readonly Release[]): Promise<readonly Rendered[]> {
  const child = spawn(await buildRenderer(), { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(JSON.stringify({ chart, releases }));
  const code = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [output, complaint] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if ((await code) !== 0) throw new Error(`The chart cannot be rendered: ${complaint}`);
  const answer: readonly Rendered[] = JSON.parse(output);
  return answer;
}
