import { countUnread, rulesInRoom } from '@plexus/room-dag';
import type { CompiledPushRules, PushRuleset, RulesInRoom, UnreadCounts } from '@plexus/room-dag';
import type { StoredUnread, UnreadReader } from '@plexus/storage';
import type { RoomTask } from '../answer/room-task.ts';
import type { RoomLog } from '../log/room-log.ts';
import type { RoomTail } from '../log/room-tail.ts';
import type { UserSession } from '../sessions/user-session.ts';
import type { EventJudge } from './event-judge.ts';
import { countsByRoom, judgeByRoom, judgeByRules, judgeIgnoring } from './event-judge.ts';
import type { IgnoredSenders } from './ignored-senders.ts';
import type { OwnRulesCounter } from './own-rules-counter.ts';
import type { PushContexts } from './push-contexts.ts';
import { UnreadRoom } from './unread-room.ts';

/** The push rules of users. What `findCompiled` gives is another object once they change. */
export interface UserPushRules {
  /** At once where they are cached. */
  findCompiled(userId: string): CompiledPushRules | Promise<CompiledPushRules>;
  findRules(userId: string): Promise<PushRuleset>;
}

export interface UnreadCounterOptions {
  readonly reader: UnreadReader;
  readonly rules: UserPushRules;
  readonly contexts: PushContexts;
  readonly ownRules: OwnRulesCounter;
  readonly ignoredSenders: IgnoredSenders;
  readonly tail: Pick<RoomTail, 'startOf'>;
}

/**
 * Counts what users have not read (https://spec.matrix.org/v1.19/client-server-api/#receiving-notifications). What a session has of a room is read once,
 * and then follows the log; so an event costs each of those who get it a few comparisons.
 */
export class UnreadCounter {
  readonly #options: UnreadCounterOptions;

  constructor(options: UnreadCounterOptions) {
    this.#options = options;
  }

  /** Reads all at once what the session does not have of these rooms. What ignored users say does not count. */
  async prepare(session: UserSession, rooms: readonly RoomLog[], ignored: ReadonlySet<string>): Promise<void> {
    if (rooms.length === 0) return;
    takeIgnored(session, ignored);
    const compiled = await this.#options.rules.findCompiled(session.userId);
    if (session.rules?.compiled !== compiled) await this.#takeRules(session, compiled);
    const unknown = rooms.filter((room) => !this.#isHeld(session, room));
    if (unknown.length > 0) await this.#load(session, unknown);
  }

  /** What the user has not read at the response's position, or at a later one. */
  async read({ session, room, upTo, settings }: RoomTask): Promise<UnreadRoom> {
    takeIgnored(session, settings.ignored);
    if (!this.#isHeld(session, room)) await this.#load(session, [room]);
    const held = session.unread.get(room.roomId);
    if (held !== undefined) {
      if (held.position >= upTo) return held;
      const judge = usualJudge(session, room) ?? (await this.#judgeOf(session, room, upTo));
      const heard = judgeIgnoring(judge, session.ignored);
      if (advance(held, { userId: session.userId, room, upTo, judge: heard })) return held;
    }
    await this.#load(session, [room]);
    return session.unread.get(room.roomId) ?? nothingUnread(upTo);
  }

  /** Whether a response has to tell of the room because of receipts of the user. */
  isTouched({ session, room, since, upTo }: RoomTask): boolean {
    if (this.#options.tail.startOf(room.shard) > since) return true;
    const rows = room.rowsWithin(since, upTo);
    return rows.some(({ receipts }) => receipts?.some(({ userId }) => userId === session.userId) === true);
  }

  /** @NOTE Rules that changed count for what is unread already. */
  async #takeRules(session: UserSession, compiled: CompiledPushRules): Promise<void> {
    const ruleset = await this.#options.rules.findRules(session.userId);
    if (session.rules !== undefined) session.unread.clear();
    session.rules = { compiled, ruleset, inRooms: new Map() };
  }

  #isHeld(session: UserSession, room: RoomLog): boolean {
    const held = session.unread.get(room.roomId);
    return held !== undefined && held.position >= this.#options.tail.startOf(room.shard);
  }

  async #load(session: UserSession, rooms: readonly RoomLog[]): Promise<void> {
    const { rules } = this.#options;
    if (session.rules === undefined) await this.#takeRules(session, await rules.findCompiled(session.userId));
    const byPlace = new Map(rooms.map((room) => [`${room.shard}/${room.roomNid}`, room]));
    for (const facts of await this.#options.reader.readUnread(session.userId, rooms)) {
      const room = byPlace.get(`${facts.shard}/${facts.roomNid}`);
      if (room === undefined) continue;
      const counts = await this.#countsOf(session, room, facts);
      session.unread.set(room.roomId, new UnreadRoom(facts.position, counts));
    }
  }

  async #countsOf(session: UserSession, room: RoomLog, facts: StoredUnread): Promise<UnreadCounts> {
    const kind = kindOf(session, room);
    const counts = countUnread(facts);
    const { rules } = session;
    if (kind === 'nothing' || rules === undefined) return countsByRoom(kind === 'other' ? 'default' : kind, counts);
    if (kind !== 'other' && !(await this.#mayBeLess(session, room, facts.position, counts)))
      return countsByRoom(kind, counts);
    return await this.#options.ownRules.count({ session, rules, kind, room, facts, counts });
  }

  /** Whether any of it may come from users who are ignored. */
  async #mayBeLess({ ignored }: UserSession, room: RoomLog, position: number, counts: UnreadCounts): Promise<boolean> {
    if (ignored.size === 0 || isNothing(counts)) return false;
    return await this.#options.ignoredSenders.mayBeIn(room, position, ignored);
  }

  async #judgeOf(session: UserSession, room: RoomLog, position: number): Promise<EventJudge> {
    const { rules, userId } = session;
    if (rules === undefined) return judgeByRoom('default', userId);
    return judgeByRules(rules.compiled, await this.#options.contexts.read(room, position, userId));
  }
}

/** @NOTE Who is ignored now, or no longer, counts for what is unread already. */
function takeIgnored(session: UserSession, ignored: ReadonlySet<string>): void {
  const before = session.ignored;
  session.ignored = ignored;
  if (before !== ignored && !isSame(before, ignored)) session.unread.clear();
}

function isSame(before: ReadonlySet<string>, after: ReadonlySet<string>): boolean {
  return before.size === after.size && [...before].every((userId) => after.has(userId));
}

function isNothing({ main, threads }: UnreadCounts): boolean {
  return [main, ...threads.values()].every(({ notify, highlight }) => notify === 0 && highlight === 0);
}

/** Of those whose rules come to what the room's owner decided for everybody. */
function usualJudge(session: UserSession, room: RoomLog): EventJudge | undefined {
  const kind = kindOf(session, room);
  return kind === 'other' ? undefined : judgeByRoom(kind, session.userId);
}

function kindOf({ rules, userId }: UserSession, { roomId }: RoomLog): RulesInRoom {
  if (rules === undefined) return 'default';
  const kind = rules.inRooms.get(roomId) ?? rulesInRoom(rules.ruleset, userId, roomId);
  rules.inRooms.set(roomId, kind);
  return kind;
}

function advance(
  held: UnreadRoom,
  {
    userId,
    room,
    upTo,
    judge,
  }: Pick<RoomTask, 'room' | 'upTo'> & { readonly userId: string; readonly judge: EventJudge },
): boolean {
  const rows = room.rowsWithin(held.position, upTo);
  let lastEvent = room.rows.findLast((row) => row.event !== undefined && row.position <= held.position)?.position;
  for (const row of rows) {
    if (!held.apply(row, { userId, lastEvent, judge })) return false;
    if (row.event !== undefined) lastEvent = row.position;
  }
  held.position = Math.max(held.position, upTo);
  return true;
}

/** Of a room that is gone. */
function nothingUnread(position: number): UnreadRoom {
  return new UnreadRoom(position, { main: { notify: 0, highlight: 0 }, threads: new Map() });
}
