import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

/** A metric whose values something else keeps: they are read when somebody asks for metrics, and cost nothing otherwise. */
export interface ReadMetric<Label extends string = never> {
  readonly name: string;
  readonly help: string;
  /** Names of labels; their values come from closed sets. */
  readonly labels?: readonly Label[];
  /** Each series that there is now. */
  readonly read: () => Iterable<readonly [labels: Readonly<Record<Label, string>>, value: number]>;
}

/** A gauge that is read. A series that is not read any more is not shown any more. */
export function readGauge<Label extends string>(registry: Registry, metric: ReadMetric<Label>): void {
  const gauge: Gauge = new Gauge({
    ...declared(metric),
    registers: [registry],
    collect() {
      gauge.reset();
      for (const [labels, value] of metric.read()) gauge.set(labels, value);
    },
  });
}

/** A counter that is read: the values only grow. */
export function readCounter<Label extends string>(registry: Registry, metric: ReadMetric<Label>): void {
  const counter: Counter = new Counter({
    ...declared(metric),
    registers: [registry],
    collect() {
      counter.reset();
      for (const [labels, value] of metric.read()) counter.inc(labels, value);
    },
  });
}

/** The values of a metric without labels. */
export function single(read: () => number): ReadMetric['read'] {
  return () => [[{}, read()]];
}

function declared({ name, help, labels = [] }: ReadMetric<string>): {
  name: string;
  help: string;
  labelNames: string[];
} {
  return { name, help, labelNames: [...labels] };
}
