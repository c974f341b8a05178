/** Every dashboard shows one deployment, chosen at its top. */
const DEPLOYMENT = 'server_name="$deployment"';

/** The series of a metric, further narrowed: `of('plexus_rpc_calls_total', 'service="notices"')`. */
export function of(metric: string, ...matchers: readonly string[]): string {
  return `${metric}{${[DEPLOYMENT, ...matchers].join(',')}}`;
}

/** By how much a counter grows in a second. */
export function rate(metric: string, ...matchers: readonly string[]): string {
  return `rate(${of(metric, ...matchers)}[$__rate_interval])`;
}

/** A quantile of a histogram, of all replicas together. */
export function quantile(share: number, histogram: string, ...matchers: readonly string[]): string {
  return `histogram_quantile(${share}, sum by (le) (${rate(`${histogram}_bucket`, ...matchers)}))`;
}

/** A quantile for each value of a label. */
export function quantileBy(label: string, share: number, histogram: string, ...matchers: readonly string[]): string {
  return `histogram_quantile(${share}, sum by (le, ${label}) (${rate(`${histogram}_bucket`, ...matchers)}))`;
}

export function sumBy(label: string, expression: string): string {
  return `sum by (${label}) (${expression})`;
}

export function maxBy(label: string, expression: string): string {
  return `max by (${label}) (${expression})`;
}

/** Of the processes of one service: only `plexus_build_info` knows which they are. */
export function ofService(expression: string, service: string): string {
  return `${expression} * on (instance) group_left (service) ${of('plexus_build_info', `service=~"${service}|plexus"`)}`;
}
