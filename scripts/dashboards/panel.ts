/** How values are shown; Grafana's own names. */
export type Unit = 's' | 'ms' | 'bytes' | 'Bps' | 'reqps' | 'ops' | 'short' | 'percentunit' | 'none';

/** A query and what its series are called: `{{label}}` stands for the value of a label. */
export type Query = readonly [expression: string, legend: string];

export interface Panel {
  readonly title: string;
  /** What it means when it is not as it should be. */
  readonly about: string;
  readonly unit: Unit;
  readonly kind: 'lines' | 'number';
  /** Above this it is shown in red. */
  readonly bound?: number;
  readonly queries: readonly Query[];
}

/** Panels side by side under a heading. */
export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface Dashboard {
  /** Names the file, and the dashboard for Grafana. */
  readonly name: string;
  readonly title: string;
  readonly rows: readonly Row[];
}

interface PanelText {
  readonly title: string;
  readonly about: string;
  readonly unit?: Unit;
  readonly bound?: number;
}

/** Series over time. */
export function lines({ unit = 'short', ...text }: PanelText, ...queries: readonly Query[]): Panel {
  return { unit, kind: 'lines', ...text, queries };
}

/** The present value, large. */
export function number({ unit = 'short', ...text }: PanelText, ...queries: readonly Query[]): Panel {
  return { unit, kind: 'number', ...text, queries };
}
