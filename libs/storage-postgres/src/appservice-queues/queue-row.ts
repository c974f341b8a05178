import type { AppserviceQueueRecord } from '@plexus/storage';

export interface QueueRow {
  readonly appservice_id: string;
  readonly shard: number;
  readonly version: number;
  readonly taken_seq: number;
  readonly is_paused: boolean;
  readonly failures: number;
  readonly due_in_ms: number | null;
  readonly failing_since: number | null;
  readonly last_error: string | null;
  readonly last_sent_at: number | null;
}

export const QUEUE_COLUMNS = `q.appservice_id, q.shard, q.version, q.taken_seq, q.is_paused, q.failures,
  (extract(epoch from q.due_at - now()) * 1000)::float8 as due_in_ms, q.failing_since, q.last_error, q.last_sent_at`;

export function toQueueRecord(row: QueueRow): AppserviceQueueRecord {
  return {
    appserviceId: row.appservice_id,
    shard: row.shard,
    version: row.version,
    takenSeq: row.taken_seq,
    isPaused: row.is_paused,
    failures: row.failures,
    dueInMs: row.due_in_ms ?? undefined,
    failingSince: row.failing_since ?? undefined,
    lastError: row.last_error ?? undefined,
    lastSentAt: row.last_sent_at ?? undefined,
  };
}
