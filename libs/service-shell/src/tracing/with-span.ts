import { findContext, runInContext } from '../logging/request-context.ts';
import type { LogContext } from '../logging/request-context.ts';
import { findTracing } from './active-tracing.ts';
import type { BegunSpan, NewSpan } from './active-tracing.ts';
import { parseTraceparent, traceparentOf } from './trace-context.ts';
import type { TraceContext } from './trace-context.ts';

/** A span, and what it is part of: the trace that a `traceparent` names, else the one that the calling code runs in. */
export interface PartOfTrace extends NewSpan {
  readonly traceparent?: string | undefined;
}

/** Runs `work` within a span. Outside of a recorded trace it just runs it. */
export async function withSpan<T>(part: PartOfTrace, work: () => Promise<T>): Promise<T> {
  const span = beginSpan(part);
  if (span === undefined) return work();
  const context: LogContext = { ...findContext(), trace: span.context };
  try {
    const result = await runInContext(context, work);
    span.end();
    return result;
  } catch (error) {
    span.end({ error });
    throw error;
  } finally {
    // Whatever the work has started and left running is not part of it any more.
    context.trace = undefined;
  }
}

/** Begins a span that somebody ends later; nothing outside of a recorded trace. */
export function beginSpan(part: PartOfTrace): BegunSpan | undefined {
  const tracing = findTracing();
  const parent = tracing && findParent(part);
  return parent && tracing?.begin(part, parent);
}

/** Records what is over. Gives the `traceparent` of what follows from it; nothing outside of a recorded trace. */
export function recordSpan(
  part: PartOfTrace & { readonly startedAt: number; readonly endedAt?: number; readonly error?: unknown },
): string | undefined {
  const { error, endedAt } = part;
  const span = beginSpan(part);
  span?.end({ ...(error !== undefined && { error }), ...(endedAt !== undefined && { endedAt }) });
  return span && traceparentOf(span.context);
}

/** The `traceparent` of what runs now; empty outside of a recorded trace. */
export function currentTraceparent(): string {
  if (findTracing() === undefined) return '';
  const trace = findContext()?.trace;
  return trace === undefined ? '' : traceparentOf(trace);
}

/** A context for what follows from somebody else's span; take the trace out of it when that is over. */
export function contextOfTrace(traceparent: string): LogContext {
  return { trace: findParent({ traceparent }) };
}

function findParent({ traceparent }: Pick<PartOfTrace, 'traceparent'>): TraceContext | undefined {
  if (traceparent === undefined) return findContext()?.trace;
  const { isRecorded = false, ...context } = parseTraceparent(traceparent) ?? {};
  return isRecorded && 'traceId' in context ? context : undefined;
}
