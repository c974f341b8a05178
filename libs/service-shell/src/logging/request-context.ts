import { AsyncLocalStorage } from 'node:async_hooks';
import type { TraceContext } from '../tracing/trace-context.ts';

/** What every log line carries that is written while something is done for somebody. */
export interface LogContext {
  request_id?: string;
  /** Who asks, as soon as that is known. */
  user_id?: string;
  /** The other server that asks, as soon as it is known to be it. */
  origin?: string;
  /** Which room it is about, where the request names one. */
  room_id?: string;
  /** The span that the work is part of, where its trace is recorded. */
  trace?: TraceContext | undefined;
}

const storage = new AsyncLocalStorage<LogContext>();

/** Runs `work`, and everything that it starts, in a context. */
export function runInContext<T>(context: LogContext, work: () => T): T {
  return storage.run(context, work);
}

/** Runs `work` in no context: for what goes on after whoever began it has got an answer. */
export function runOutsideOfContext<T>(work: () => T): T {
  return storage.exit(work);
}

export function findContext(): LogContext | undefined {
  return storage.getStore();
}

/** From here on log lines of what is being done say whose it is. */
export function rememberUser(userId: string): void {
  const context = storage.getStore();
  if (context !== undefined) context.user_id = userId;
}

/** As `rememberUser`, of another server. */
export function rememberOrigin(serverName: string): void {
  const context = storage.getStore();
  if (context !== undefined) context.origin = serverName;
}

/** The fields of a log line. */
export function contextFields(): Readonly<Record<string, string>> {
  const context = storage.getStore();
  if (context === undefined) return {};
  const { trace, ...fields } = context;
  return trace === undefined ? fields : { ...fields, trace_id: trace.traceId };
}
