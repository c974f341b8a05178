import { sha256Base64 } from '@plexus/matrix-base';
import { isUnread } from '@plexus/room-dag';
import type { RulesInRoom, UnreadCounts, UnreadFacts } from '@plexus/room-dag';
import type { JudgedUnread, JudgedUnreadRepository, StoredUnread } from '@plexus/storage';
import type { LogRow } from '../log/log-row.ts';
import type { RoomLog } from '../log/room-log.ts';
import type { RoomRows } from '../log/room-rows.ts';
import type { SessionRules, UserSession } from '../sessions/user-session.ts';
import { countsByRoom, judgeByRoom, judgeByRules, judgeIgnoring } from './event-judge.ts';
import type { EventJudge } from './event-judge.ts';
import type { JudgeBacklog } from './judge-backlog.ts';
import type { PushContexts } from './push-contexts.ts';
import { UnreadRoom } from './unread-room.ts';
import { usualRulesOf } from './usual-rules.ts';
import type { UsualRules } from './usual-rules.ts';

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
  /** What the rules come to in the room. */
  readonly kind: Exclude<RulesInRoom, 'nothing'>;
  readonly room: RoomLog;
  readonly facts: StoredUnread;
  /** By the predefined rules. */
  readonly counts: UnreadCounts;
}

/**
 * Counts for users whose rules are their own, or who ignore somebody: the counts by the usual rules, and for each unread event that is judged otherwise what
 * that makes.
 */
export class OwnRulesCounter {
  readonly #options: OwnRulesOptions;

  constructor(options: OwnRulesOptions) {
    this.#options = options;
  }

  /** As exact as what is stored and the newest events allow; where that is not all, the rest is judged in the background for the next time. */
  async count(asked: Asked): Promise<UnreadCounts> {
    const { session, room, facts, counts } = asked;
    const { userId } = session;
    const { compared, usual, judge } = await this.#judgesOf(asked);
    const judged = new UnreadRoom(facts.position, countsByRoom(compared, counts));
    const readUpTo = wholeMarkOf(facts);
    const key = `${this.#options.generation()} ${compared} ${keyOf(asked)}`;
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

  /** What the usual rules say, those that are nearest, and what the user's own do. */
  async #judgesOf({ session: { userId, ignored }, rules, kind, room, facts }: Asked): Promise<Judges> {
    if (kind !== 'other') {
      const usual = judgeByRoom(kind, userId);
      return { compared: kind, usual, judge: judgeIgnoring(usual, ignored) };
    }
    const contextOf = await this.#options.contexts.read(room, facts.position, userId);
    const compared = usualRulesOf(rules.compiled, room.roomId, contextOf);
    const judge = judgeIgnoring(judgeByRules(rules.compiled, contextOf), ignored);
    return { compared, usual: judgeByRoom(compared, userId), judge };
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

interface Judges {
  readonly compared: UsualRules;
  readonly usual: EventJudge;
  readonly judge: EventJudge;
}

function wholeMarkOf({ marks }: UnreadFacts): number {
  return Math.max(0, ...marks.filter(({ threadId }) => threadId === '').map(({ position }) => position));
}

function isOthers({ event }: LogRow, userId: string): boolean {
  return event !== undefined && event.traits.sender !== userId;
}

/** Of rules that are the same, with the same users ignored, it is the same. */
function keyOf({ session: { ignored }, rules }: Asked): string {
  const key = rulesKeyOf(rules);
  return ignored.size === 0 ? key : `${key} ${sha256Base64([...ignored].sort().join(' '))}`;
}

function rulesKeyOf(rules: SessionRules): string {
  rules.key ??= sha256Base64(JSON.stringify(rules.ruleset));
  return rules.key;
}
