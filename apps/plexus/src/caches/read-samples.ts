/** One value of a metric. */
export interface Sample {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const label = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** The samples of a page of metrics in Prometheus's text format (https://prometheus.io/docs/instrumenting/exposition_formats/). */
export function readSamples(page: string): Sample[] {
  return page.split('\n').flatMap((text) => {
    const [, metric, labels = '', value] = line.exec(text) ?? [];
    if (metric === undefined || value === undefined) return [];
    return [{ metric, labels: readLabels(labels), value: Number(value) }];
  });
}

function readLabels(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(label)].map(([, name = '', value = '']) => [name, unescape(value)]));
}

function unescape(value: string): string {
  return value.replace(/\\(.)/g, (_match, escaped: string) => (escaped === 'n' ? '\n' : escaped));
}
