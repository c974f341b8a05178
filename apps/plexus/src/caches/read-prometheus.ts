import { StartError } from '@plexus/service-shell';
import { reasonOf } from '../commands/reason-of.ts';
import type { Sample } from './read-samples.ts';

const QUERY = '{__name__=~"plexus_cache_.*"}';
const ANSWER_WITHIN_MS = 30_000;

interface PrometheusAnswer {
  readonly data: { readonly result: readonly PrometheusSeries[] };
}

interface PrometheusSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

/**
 * What a Prometheus server has of the caches of every process, one page for each, as it was some seconds ago
 * (https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries).
 */
export async function readPrometheus(url: string, secondsAgo: number, now: number): Promise<Sample[][]> {
  if (!URL.canParse(url)) throw new StartError(`"${url}" is no URL: write it as http://prometheus:9090`);
  const asked = new URL('api/v1/query', url.endsWith('/') ? url : `${url}/`);
  asked.searchParams.set('query', QUERY);
  asked.searchParams.set('time', String(now / 1_000 - secondsAgo));
  const { data } = await ask(asked);
  const byInstance = Map.groupBy(data.result, ({ metric }) => metric['instance'] ?? '');
  return [...byInstance.values()].map((series) => series.map(sampleOf));
}

function sampleOf({ metric, value: [, value] }: PrometheusSeries): Sample {
  const { __name__: name = '', ...labels } = metric;
  return { metric: name, labels, value: Number(value) };
}

async function ask(url: URL): Promise<PrometheusAnswer> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    if (!answer.ok) throw new Error(`it answers ${answer.status}`);
    return (await answer.json()) as PrometheusAnswer;
  } catch (error) {
    throw new StartError(`Prometheus at ${url.origin} cannot be asked: ${reasonOf(error)}`);
  }
}
