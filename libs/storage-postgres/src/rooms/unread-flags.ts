import type { EventUnread } from '@plexus/storage';

/** Bits of the column `unread_flags`. */
export const UnreadFlag = { notifies: 1, highlights: 2, arrives: 4 } as const;

export interface UnreadRow {
  readonly notify_count: number | null;
  readonly thread_notify_count: number | null;
  readonly unread_flags: number | null;
  readonly thread_id: string | null;
}

export function flagsOf({ notifies, highlights, arrives }: EventUnread): number {
  return (
    (notifies ? UnreadFlag.notifies : 0) | (highlights ? UnreadFlag.highlights : 0) | (arrives ? UnreadFlag.arrives : 0)
  );
}

export function toEventUnread(row: UnreadRow): EventUnread | undefined {
  if (row.unread_flags === null) return undefined;
  return {
    notifies: (row.unread_flags & UnreadFlag.notifies) !== 0,
    highlights: (row.unread_flags & UnreadFlag.highlights) !== 0,
    arrives: (row.unread_flags & UnreadFlag.arrives) !== 0,
    threadId: row.thread_id ?? undefined,
    notifyCount: row.notify_count ?? 0,
    threadNotifyCount: row.thread_notify_count ?? 0,
  };
}
