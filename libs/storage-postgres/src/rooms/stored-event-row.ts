import type { EventStatus, StoredEvent } from '@plexus/storage';
import type { UnreadRow } from './unread-flags.ts';
import { toEventUnread } from './unread-flags.ts';

export interface EventRow extends UnreadRow {
  readonly shard: number;
  readonly event_nid: number;
  readonly event_id: string;
  readonly room_nid: number;
  readonly topological_position: number | null;
  readonly stream_position: number | null;
  readonly state_before: number | null;
  readonly state_after: number | null;
  readonly auth_depth: number;
  readonly status: number;
  readonly json: Buffer;
  readonly redacted_by: string[];
  readonly is_redacted_copy: boolean;
}

/** In the order of their numbers in the column `status`: append only. */
const STATUSES: readonly EventStatus[] = ['accepted', 'rejected', 'soft-failed'];

export function numberOfStatus(status: EventStatus): number {
  return STATUSES.indexOf(status);
}

export function statusOfNumber(number: number): EventStatus {
  const status = STATUSES[number];
  if (status === undefined) throw new RangeError(`unknown status of an event: ${number}`);
  return status;
}

/** The columns of `EventRow`, of the table `events` under the name `e`. */
export const EVENT_COLUMNS = `
  e.shard, e.event_nid, e.event_id, e.room_nid, e.topological_position, e.stream_position, e.state_before, e.state_after,
  e.auth_depth, e.status, e.json, e.notify_count, e.thread_notify_count, e.unread_flags, e.thread_id,
  array(
    select by.event_id from redactions r join events by on by.shard = r.shard and by.event_nid = r.redaction_event_nid
    where r.shard = e.shard and r.redacts_event_id = e.event_id order by r.redaction_event_nid
  ) as redacted_by,
  exists (select from redacted_copies c where c.shard = e.shard and c.event_nid = e.event_nid) as is_redacted_copy`;

export function toStoredEvent(row: EventRow): StoredEvent {
  return {
    shard: row.shard,
    eventNid: row.event_nid,
    eventId: row.event_id,
    roomNid: row.room_nid,
    topologicalPosition: row.topological_position ?? undefined,
    streamPosition: row.stream_position ?? undefined,
    stateBefore: row.state_before ?? undefined,
    stateAfter: row.state_after ?? undefined,
    authDepth: row.auth_depth,
    status: statusOfNumber(row.status),
    json: row.json,
    unread: toEventUnread(row),
    redactedBy: row.redacted_by,
    isRedactedCopy: row.is_redacted_copy,
  };
}
