import type { Attributes, Tracer } from '@opentelemetry/api';

let tracer: Tracer | undefined;

/** Set once while a service starts with tracing on. */
export function setTracer(active: Tracer | undefined): void {
  tracer = active;
}

/** Runs `work` within a span. Where tracing is off it just runs it. */
export function withSpan<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  if (tracer === undefined) return work();
  return tracer.startActiveSpan(name, { attributes }, async (span) => {
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
