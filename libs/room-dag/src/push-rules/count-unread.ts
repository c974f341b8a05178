/** The thread of what is in no thread. */
const MAIN = 'main';

/** How far a user has read: a receipt, or an event of their own that implies one. */
export interface ReadMark {
  /** The id of a thread's root, `main`, or empty for all of the room. */
  readonly threadId: string;
  /** Of the event, in the order of the room log. */
  readonly position: number;
  /** How many events of the room up to that one notify everybody, and how many of these are in threads. */
  readonly notifyCount: number;
  readonly threadNotifyCount: number;
}

/** An event that is a highlight for the user. */
export interface Highlight {
  /** Nothing: in the main timeline. */
  readonly threadId: string | undefined;
  readonly position: number;
  /** Whether it notifies everybody, and so is in the room's count. */
  readonly isCounted: boolean;
}

/** What is known of a room and one of its users. */
export interface UnreadFacts {
  /** How many events of the room notify everybody, and how many of these are in threads. */
  readonly notifyCount: number;
  readonly threadNotifyCount: number;
  readonly marks: readonly ReadMark[];
  /** At least those after the mark of the whole room. */
  readonly highlights: readonly Highlight[];
  /** Events in threads that notify everybody; at least those after the mark of the whole room. */
  readonly threadEvents: readonly { readonly threadId: string; readonly position: number }[];
}

export interface UnreadCount {
  readonly notify: number;
  readonly highlight: number;
}

/** The main timeline, and the threads in which something is unread. */
export interface UnreadCounts {
  readonly main: UnreadCount;
  readonly threads: ReadonlyMap<string, UnreadCount>;
}

/**
 * Counts what a user with the predefined push rules has not read (https://spec.matrix.org/v1.19/client-server-api/#receiving-notifications): the room's
 * running count minus that at the user's mark, and the highlights after it. The events themselves are not looked at. Who has no mark has not
 * been in the room since it counts, and has nothing unread.
 */
export function countUnread(facts: UnreadFacts): UnreadCounts {
  const threads = new Map<string, { notify: number; highlight: number }>();
  if (facts.marks.length === 0) return { main: { notify: 0, highlight: 0 }, threads };
  const main = { notify: countMain(facts), highlight: 0 };
  const countOf = (threadId: string | undefined): { notify: number; highlight: number } => {
    if (threadId === undefined) return main;
    const count = threads.get(threadId) ?? { notify: 0, highlight: 0 };
    threads.set(threadId, count);
    return count;
  };
  for (const { threadId, position } of facts.threadEvents) {
    if (isUnread(facts, { threadId, position })) countOf(threadId).notify += 1;
  }
  for (const { threadId, position, isCounted } of facts.highlights) {
    if (!isUnread(facts, { threadId, position })) continue;
    const count = countOf(threadId);
    count.highlight += 1;
    if (!isCounted) count.notify += 1;
  }
  return { main, threads };
}

function countMain({ notifyCount, threadNotifyCount, marks }: UnreadFacts): number {
  const mark = latestMark(marks, MAIN);
  const read = mark === undefined ? 0 : mark.notifyCount - mark.threadNotifyCount;
  return Math.max(notifyCount - threadNotifyCount - read, 0);
}

/** Whether an event comes after what the user has read in its thread. */
export function isUnread(
  { marks }: Pick<UnreadFacts, 'marks'>,
  { threadId, position }: { readonly threadId?: string | undefined; readonly position: number },
): boolean {
  return position > (latestMark(marks, threadId ?? MAIN)?.position ?? 0);
}

/** Of a thread, or of the whole room, whichever is later. */
function latestMark(marks: readonly ReadMark[], threadId: string): ReadMark | undefined {
  let latest: ReadMark | undefined;
  for (const mark of marks) {
    if (mark.threadId !== '' && mark.threadId !== threadId) continue;
    if (latest === undefined || mark.position > latest.position) latest = mark;
  }
  return latest;
}
