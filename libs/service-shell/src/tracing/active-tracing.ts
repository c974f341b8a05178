import type { Attributes } from '@opentelemetry/api';
import type { TraceContext } from './trace-context.ts';

/** Whom a span stands for: who is asked, who asks, who sends a record or takes one, or work within the process. */
export type SpanKind = 'server' | 'client' | 'producer' | 'consumer' | 'internal';

export interface NewSpan {
  readonly name: string;
  readonly kind?: SpanKind;
  /** From closed sets, or numbers: what names users and rooms is in the log. */
  readonly attributes?: Attributes;
  /** Milliseconds since the epoch; now where it is not given. */
  readonly startedAt?: number;
}

/** A span that has begun. */
export interface BegunSpan {
  readonly context: TraceContext;
  end(outcome?: { readonly attributes?: Attributes; readonly error?: unknown; readonly endedAt?: number }): void;
}

/** What tracing is while it is on. Nothing of OpenTelemetry is loaded while it is off. */
export interface ActiveTracing {
  /** Whether a trace that begins here is recorded: decided before anything is made for it. */
  samples(): boolean;
  /** Begins a span of the parent's trace, else of a new one. */
  begin(span: NewSpan, parent: TraceContext | undefined): BegunSpan;
}

let active: ActiveTracing | undefined;

/** Set once while a service starts with tracing on. */
export function setTracing(tracing: ActiveTracing | undefined): void {
  active = tracing;
}

/** Nothing while tracing is off. */
export function findTracing(): ActiveTracing | undefined {
  return active;
}
