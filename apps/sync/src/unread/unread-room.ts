import type { UnreadCount, UnreadCounts } from '@plexus/room-dag';
import type { JudgedEvent } from '@plexus/storage';
import type { LoggedReceipt } from '@plexus/topics';
import type { LogRow } from '../log/log-row.ts';
import type { EventJudge } from './event-judge.ts';

interface Applying {
  readonly userId: string;
  readonly lastEvent: number | undefined;
  readonly judge: EventJudge;
}

interface Counting {
  notify: number;
  highlight: number;
}

/**
 * What a user has not read in a room, counted on from what was read of it in Postgres, row by row. What it cannot tell from the rows, because a receipt lies
 * in the middle of what is unread, has to be read again.
 */
export class UnreadRoom implements UnreadCounts {
  /** Of the last row that is counted. */
  position: number;
  readonly main: Counting;
  readonly threads: Map<string, Counting>;

  constructor(position: number, { main, threads }: UnreadCounts) {
    this.position = position;
    this.main = { ...main };
    this.threads = new Map([...threads].map(([threadId, count]) => [threadId, { ...count }]));
  }

  /** All of the room, its threads included. */
  get total(): UnreadCount {
    let { notify, highlight } = this.main;
    for (const count of this.threads.values()) {
      notify += count.notify;
      highlight += count.highlight;
    }
    return { notify, highlight };
  }

  /** Counts a row; `lastEvent` is the position of the last event before it, where that is known. False where everything is to be read again. */
  apply(row: LogRow, { userId, lastEvent, judge }: Applying): boolean {
    if (row.position <= this.position) return true;
    this.position = row.position;
    if (row.receipts !== undefined) {
      const own = row.receipts.filter((receipt) => receipt.userId === userId);
      return own.every((receipt) => this.#read(receipt, lastEvent));
    }
    if (row.event !== undefined && row.unread !== undefined) this.#count(row, { userId, judge });
    return true;
  }

  /** Counts an event otherwise than it is counted. */
  replace(row: LogRow, { usual, judge }: { usual: EventJudge; judge: EventJudge }): void {
    const [before, after] = [usual(row), judge(row)];
    if (before.notifies === after.notifies && before.highlights === after.highlights) return;
    this.adjust({
      threadId: row.unread?.threadId,
      notify: Number(after.notifies) - Number(before.notifies),
      highlight: Number(after.highlights) - Number(before.highlights),
    });
  }

  adjust({ threadId, notify, highlight }: Pick<JudgedEvent, 'threadId' | 'notify' | 'highlight'>): void {
    const count = this.#countOf(threadId);
    count.notify = Math.max(0, count.notify + notify);
    count.highlight = Math.max(0, count.highlight + highlight);
    if (threadId !== undefined && count.notify === 0) this.threads.delete(threadId);
  }

  #count(row: LogRow, { userId, judge }: Pick<Applying, 'userId' | 'judge'>): void {
    const { event, unread } = row;
    if (event?.traits.sender === userId) {
      if (unread?.arrives === true) this.#clear('');
      else if (unread?.notifies === true) this.#clear(unread.threadId ?? 'main');
      return;
    }
    const { notifies, highlights } = judge(row);
    if (!notifies) return;
    const count = this.#countOf(unread?.threadId);
    count.notify += 1;
    if (highlights) count.highlight += 1;
  }

  #countOf(threadId: string | undefined): Counting {
    if (threadId === undefined) return this.main;
    const count = this.threads.get(threadId) ?? { notify: 0, highlight: 0 };
    this.threads.set(threadId, count);
    return count;
  }

  /** A receipt of the last event ends all that is unread; any other leaves open what came after it. */
  #read({ threadId, eventPosition }: LoggedReceipt, lastEvent: number | undefined): boolean {
    if (lastEvent === undefined || eventPosition < lastEvent) return false;
    this.#clear(threadId);
    return true;
  }

  #clear(threadId: string): void {
    if (threadId === '' || threadId === 'main') Object.assign(this.main, { notify: 0, highlight: 0 });
    if (threadId === '') this.threads.clear();
    else this.threads.delete(threadId);
  }
}
