import type { Attributes, Tracer } from '@opentelemetry/api';

/** What tracing needs while it is on. The API is handed in, so that nothing of OpenTelemetry is loaded while it is off. */
export interface ActiveTracing {
  readonly tracer: Tracer;
  /** The id of the trace that the calling code runs in. */
  readonly findTraceId: () => string | undefined;
}

let active: ActiveTracing | undefined;

/** Set once while a service starts with tracing on. */
export function setTracing(tracing: ActiveTracing | undefined): void {
  active = tracing;
}

/** The id of the trace that the calling code runs in, for log lines. */
export function findTraceId(): string | undefined {
  return active?.findTraceId();
}

/** Runs `work` within a span. Where tracing is off it just runs it. */
export function withSpan<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  if (active === undefined) return work();
  return active.tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.recordException(error instanceof Error ? error : String(error));
      span.setStatus({ code: 2 });
      throw error;
    } finally {
      span.end();
    }
  });
}
