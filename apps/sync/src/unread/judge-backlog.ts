import type { JudgedEvent, JudgedUnreadRepository, RoomReader } from '@plexus/storage';
import type { ChangeCounter } from '../ephemeral/change-counter.ts';
import { logRowOf } from '../log/log-row.ts';
import type { LogRow } from '../log/log-row.ts';
import type { RoomLog } from '../log/room-log.ts';
import type { UserSession } from '../sessions/user-session.ts';
import type { EventJudge } from './event-judge.ts';

export interface JudgeBacklogOptions {
  readonly reader: Pick<RoomReader, 'readLog'>;
  readonly judged: JudgedUnreadRepository;
  readonly counter: Pick<ChangeCounter, 'next'>;
  readonly failed: (error: unknown) => void;
  /** Aborts when the process begins to stop: what is not done then is begun again by whoever is asked next. */
  readonly stopping: AbortSignal;
}

/** A room that holds more unread events than are judged while somebody waits. */
export interface Backlog {
  readonly session: UserSession;
  readonly room: RoomLog;
  readonly rules: string;
  /** How far the user has read the whole room. */
  readonly readUpTo: number;
  readonly upTo: number;
  readonly usual: EventJudge;
  readonly judge: EventJudge;
}

const ROWS_AT_ONCE = 200;
/** What exceeds it is told of again by the next that reads. */
const MAX_WAITING = 10_000;

/**
 * Judges long backlogs of unread events for users with rules of their own, one piece of one room at a time, and stores what comes of it.
 *
 *     count is asked ──► judged before? ──► stored events + the newest rows
 *                             │ no, and too many
 *                             └──► count by the usual rules ──► backlog ──► pieces are stored ──► the room is told anew
 *
 * A crash leaves the pieces that are stored; the next count goes on behind them.
 */
export class JudgeBacklog {
  readonly #options: JudgeBacklogOptions;
  readonly #waiting = new Map<string, Backlog>();
  #working: Promise<void> | undefined;

  constructor(options: JudgeBacklogOptions) {
    this.#options = options;
  }

  add(backlog: Backlog): void {
    const key = `${backlog.session.userId} ${backlog.room.roomId}`;
    if (this.#waiting.has(key) || this.#waiting.size >= MAX_WAITING) return;
    this.#waiting.set(key, backlog);
    this.#working ??= this.#work();
  }

  /** Resolves when nothing waits. */
  async settled(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    for (const [key, backlog] of this.#waiting) {
      if (this.#options.stopping.aborted) break;
      try {
        await this.#judgeRoom(backlog);
      } catch (error) {
        this.#options.failed(error);
      }
      this.#waiting.delete(key);
      // What the session holds was counted before: the next response counts anew, and comes at once where all is judged.
      backlog.session.unread.delete(backlog.room.roomId);
    }
    this.#working = undefined;
  }

  async #judgeRoom(backlog: Backlog): Promise<void> {
    const { session, room, upTo, readUpTo } = backlog;
    let from = await this.#startOf(backlog);
    while (from < upTo && !this.#options.stopping.aborted) {
      const { rows, end } = await this.#readPiece(room, from, upTo);
      const events = rows.flatMap((row) => judgedEvent(row, backlog));
      const piece = { shard: room.shard, roomNid: room.roomNid, after: from, upTo: end, readUpTo, events };
      const isStored = await this.#options.judged.storeJudged({
        ...piece,
        userId: session.userId,
        rules: backlog.rules,
      });
      if (!isStored) return;
      from = end;
    }
    if (from >= upTo) session.recount(room.roomId, this.#options.counter.next());
  }

  /** Behind what is stored already, if that reaches from where the user has read. */
  async #startOf({ session, room, rules, readUpTo }: Backlog): Promise<number> {
    const place = { shard: room.shard, roomNid: room.roomNid, after: Number.MAX_SAFE_INTEGER };
    const [stored] = await this.#options.judged.readJudged(session.userId, rules, [place]);
    return stored !== undefined && stored.after <= readUpTo && stored.upTo >= readUpTo ? stored.upTo : readUpTo;
  }

  async #readPiece(room: RoomLog, after: number, upTo: number): Promise<{ rows: LogRow[]; end: number }> {
    const { shard, roomNid } = room;
    const query = { shard, roomNid, after, upTo, limit: ROWS_AT_ONCE, withoutReceipts: true } as const;
    const rows = await this.#options.reader.readLog({ ...query, order: 'ascending' });
    const end = rows.length < ROWS_AT_ONCE ? upTo : (rows.at(-1)?.position ?? upTo);
    return { rows: rows.map(logRowOf), end };
  }
}

function judgedEvent(row: LogRow, { session, usual, judge }: Backlog): JudgedEvent[] {
  if (row.event === undefined || row.event.traits.sender === session.userId) return [];
  const [before, after] = [usual(row), judge(row)];
  const notify = Number(after.notifies) - Number(before.notifies);
  const highlight = Number(after.highlights) - Number(before.highlights);
  if (notify === 0 && highlight === 0) return [];
  return [{ position: row.position, threadId: row.unread?.threadId, notify, highlight }];
}
