import { sha256Base64 } from '@plexus/matrix-base';
import { isUnread } from '@plexus/room-dag';
import type { UnreadCounts, UnreadFacts } from '@plexus/room-dag';
import type { JudgedUnread, JudgedUnreadRepository, StoredUnread } from '@plexus/storage';
import type { LogRow } from '../log/log-row.ts';
import type { RoomLog } from '../log/room-log.ts';
import type { RoomRows } from '../log/room-rows.ts';
import type { SessionRules, UserSession } from '../sessions/user-session.ts';
import { countsByRoom, judgeByRoom, judgeByRules } from './event-judge.ts';
import type { JudgeBacklog } from './judge-backlog.ts';
import type { PushContexts } from './push-contexts.ts';
import { UnreadRoom } from './unread-room.ts';
import { usualRulesOf } from './usual-rules.ts';

export interface OwnRulesOptions {
  readonly contexts: PushContexts;
  readonly rows: RoomRows;
  readonly judged: JudgedUnreadRepository;
  readonly backlog: JudgeBacklog;
  /** Of the log. */
  readonly generation: () => number;
  /** So many events of a room are judged while somebody waits. */
  readonly judgedAtOnce: number;
}

interface Asked {
  readonly session: UserSession;
  readonly rules: SessionRules;
  readonly room: RoomLog;
  readonly facts: StoredUnread;
  /** By the predefined rules. */
  readonly counts: UnreadCounts;
}

/** Counts for users whose rules are their own: the counts by the usual rules, and for each unread event that they judge otherwise what that makes. */
export class OwnRulesCounter {
  readonly #options: OwnRulesOptions;

  constructor(options: OwnRulesOptions) {
    this.#options = options;
  }

  /** As exact as what is stored and the newest events allow; where that is not all, the rest is judged in the background for the next time. */
  async count({ session, rules, room, facts, counts }: Asked): Promise<UnreadCounts> {
    const { userId } = session;
    const contextOf = await this.#options.contexts.read(room, facts.position, userId);
    const kind = usualRulesOf(rules.compiled, room.roomId, contextOf);
    const [usual, judge] = [judgeByRoom(kind, userId), judgeByRules(rules.compiled, contextOf)];
    const judged = new UnreadRoom(facts.position, countsByRoom(kind, counts));
    const readUpTo = wholeMarkOf(facts);
    const key = `${this.#options.generation()} ${kind} ${rulesKeyOf(rules)}`;
    const stored = await this.#findStored(session, { key, room, readUpTo });
    for (const event of stored?.events ?? [])
      if (event.position <= facts.position && isUnread(facts, event)) judged.adjust(event);
    const after = Math.min(stored?.upTo ?? readUpTo, facts.position);
    const isAll = await this.#eachBetween({ room, after, upTo: facts.position }, (row) => {
      if (isOthers(row, userId) && isUnread(facts, { threadId: row.unread?.threadId, position: row.position }))
        judged.replace(row, { usual, judge });
    });
    if (!isAll) this.#options.backlog.add({ session, room, rules: key, readUpTo, upTo: facts.position, usual, judge });
    return judged;
  }

  /** What is stored, if it reaches from where the user has read. */
  async #findStored(
    { userId }: UserSession,
    { key, room, readUpTo }: { readonly key: string; readonly room: RoomLog; readonly readUpTo: number },
  ): Promise<JudgedUnread | undefined> {
    const place = { shard: room.shard, roomNid: room.roomNid, after: readUpTo };
    const [stored] = await this.#options.judged.readJudged(userId, key, [place]);
    return stored !== undefined && stored.after <= readUpTo && stored.upTo >= readUpTo ? stored : undefined;
  }

  /** Whether these are all rows of the range. */
  async #eachBetween(
    range: { readonly room: RoomLog; readonly after: number; readonly upTo: number },
    visit: (row: LogRow) => void,
  ): Promise<boolean> {
    if (range.after >= range.upTo) return true;
    let seen = 0;
    for await (const rows of this.#options.rows.backwards(range)) {
      for (const row of rows) {
        if (seen >= this.#options.judgedAtOnce) return false;
        visit(row);
        seen += 1;
      }
    }
    return true;
  }
}

function wholeMarkOf({ marks }: UnreadFacts): number {
  return Math.max(0, ...marks.filter(({ threadId }) => threadId === '').map(({ position }) => position));
}

function isOthers({ event }: LogRow, userId: string): boolean {
  return event !== undefined && event.traits.sender !== userId;
}

/** Rules that are the same have the same. */
function rulesKeyOf(rules: SessionRules): string {
  rules.key ??= sha256Base64(JSON.stringify(rules.ruleset));
  return rules.key;
}
