import { findContext, recordSpan } from '@plexus/service-shell';
import type { Shell } from '@plexus/service-shell';
import type { AnsweredStatement } from '@plexus/storage-postgres';
import { Counter } from 'prom-client';

/** So many lines are written in one window: where Postgres stands still, everything takes long. */
const LINES = 20;
const WINDOW_MS = 10_000;

/** Makes a log record of statements that take long, and spans of those of a recorded trace. */
export function observeStatements({
  config,
  logger,
  registry,
}: Pick<Shell, 'config' | 'logger' | 'registry'>): (statement: AnsweredStatement) => void {
  const slowMs = config.log.slow_query;
  const slow = new Counter({
    name: 'plexus_database_slow_statements_total',
    help: 'Statements in Postgres that took longer than log.slow_query.',
    registers: [registry],
  });
  let window = { endsAt: 0, lines: 0, leftOut: 0 };
  return (statement) => {
    if (findContext()?.trace !== undefined) record(statement);
    if (slowMs > 0 && statement.endedAt - statement.startedAt >= slowMs) report(statement);
  };

  function report({ name, startedAt, endedAt, error }: AnsweredStatement): void {
    slow.inc();
    const { leftOut } = window;
    if (endedAt > window.endsAt) window = { endsAt: endedAt + WINDOW_MS, lines: 0, leftOut: 0 };
    window.lines += 1;
    if (window.lines > LINES) {
      window.leftOut += 1;
      return;
    }
    const isFirst = window.lines === 1;
    logger.warn('A statement in Postgres took long', {
      statement: name,
      duration_ms: Math.round(endedAt - startedAt),
      ...(isFirst && leftOut > 0 && { left_out_before: leftOut }),
      ...(error !== undefined && { err: error }),
    });
  }
}

function record({ name, startedAt, endedAt, error }: AnsweredStatement): void {
  const { timeOrigin } = performance;
  recordSpan({
    name: `postgres ${name}`,
    kind: 'client',
    startedAt: timeOrigin + startedAt,
    endedAt: timeOrigin + endedAt,
    attributes: { 'db.system.name': 'postgresql', 'db.operation.name': name },
    error,
  });
}
