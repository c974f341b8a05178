import type { RoomPlace, StateReader } from '@plexus/room-view';
import type { Clock } from '@plexus/matrix-base';
import type { EventStore } from '../log/event-store.ts';
import type { RoomRows } from '../log/room-rows.ts';
import type { ServedEvent } from '../log/served-event.ts';
import type { EphemeralReader } from './ephemeral.ts';
import type { AccountDataSection } from './account-data.ts';
import type { UnreadCounter } from '../unread/unread-counter.ts';
import { RoomJson } from './room-json.ts';
import type { EventRenderer } from '../render/event-renderer.ts';
import { NAMING_STATE } from './room-summary.ts';
import type { RoomSummaryReader } from './room-summary.ts';
import type { RoomTask } from './room-task.ts';
import type { SentMembers } from './sent-members.ts';
import type { StateBlockReader } from './state-block.ts';
import type { StateChanges } from './state-changes.ts';
import type { StrippedRoomReader } from './stripped-room.ts';
import type { Timeline, TimelineReader } from './timeline.ts';
import { NO_RELATIONS } from './timeline-relations.ts';
import type { TimelineRelationReader, TimelineRelations } from './timeline-relations.ts';

export interface RoomAnswererOptions {
  readonly rows: RoomRows;
  readonly states: StateReader;
  readonly events: EventStore;
  readonly timelines: TimelineReader;
  readonly stateBlocks: StateBlockReader;
  readonly summaries: RoomSummaryReader;
  readonly stripped: StrippedRoomReader;
  readonly accountData: AccountDataSection;
  readonly relations: TimelineRelationReader;
  readonly renderer: EventRenderer;
  readonly ephemeral: EphemeralReader;
  readonly unread: UnreadCounter;
  readonly clock: Clock;
}

/** What a response says of one room. */
export interface RoomAnswer {
  readonly json: string;
  /** Events of members that it carries, by `keyOf`. */
  readonly members: ReadonlyMap<string, number>;
}

/** Answers for single rooms. Each method gives nothing where there is nothing to tell. */
export class RoomAnswerer {
  readonly #options: RoomAnswererOptions;

  constructor(options: RoomAnswererOptions) {
    this.#options = options;
  }

  /** A room that the user has joined. */
  async answerJoined(task: RoomTask, sent: SentMembers): Promise<RoomAnswer | undefined> {
    if (isQuiet(task)) return this.#answerQuiet(task);
    const isNew = !(await this.#wasJoined(task));
    const isFull = isNew || task.request.fullState;
    const timeline = await this.#options.timelines.read(task, isNew ? 0 : task.since);
    const place = await this.#placeOf(task);
    if (place === undefined) return undefined;
    const request = { place, timeline, isFull, heroes: [], sent };
    const changes = await this.#options.stateBlocks.findChanges(task, request);
    const summary = isFull || changesSummary(changes) ? await this.#summarize(task, { place, timeline }) : undefined;
    const heroes = summary?.heroes ?? [];
    const state = await this.#options.stateBlocks.read(task, { ...request, heroes }, changes);
    const accountData = isNew ? await this.#allAccountData(task) : task.accountData;
    const ephemeral = await this.#options.ephemeral.read(task, { isNew });
    const isSilent = timeline.entries.length === 0 && state.length === 0 && summary === undefined;
    const isUntold = isSilent && accountData.length === 0 && ephemeral.length === 0;
    if (!isFull && isUntold && !this.#hasOtherCounts(task)) return undefined;
    const json = new RoomJson(task.request, this.#options.clock.now());
    await json.addState(state, this.#options.renderer);
    const isNewToClient = isNew && task.since > 0;
    const relations = await this.#readRelations(task, { place, timeline, isNewToClient, hasLeft: false });
    json.addTimeline(timeline, { isNewToClient, relations });
    json.addAccountData(accountData);
    json.addUnread(await this.#options.unread.read(task));
    if (summary !== undefined) json.addSummary(summary);
    json.addEphemeral(ephemeral);
    return { json: json.toString(), members: json.members(task.room) };
  }

  /** A room that the user left, or was banned from. */
  async answerLeft(task: RoomTask, sent: SentMembers): Promise<RoomAnswer | undefined> {
    if (task.membership.isWithoutRoom) return this.#answerWithoutRoom(task);
    const wasJoined = await this.#wasJoined(task);
    const wasJoinedLast = await this.#isJoinedAt(task, task.upTo - 1);
    const isInitial = task.since === 0;
    const place = await this.#placeOf(task);
    if (place === undefined) return undefined;
    // Who was not in the room is told of the end of their invite or knock, and of nothing else.
    const isStranger = !wasJoined && !wasJoinedLast;
    const after = isStranger ? task.upTo - 1 : wasJoined ? task.since : 0;
    const timeline = await this.#options.timelines.read(task, after);
    const request = { place, timeline, isFull: !wasJoined || task.request.fullState, heroes: [], sent };
    const tellsState = !isStranger && wasJoinedLast;
    const changes = tellsState ? await this.#options.stateBlocks.findChanges(task, request) : undefined;
    const state = tellsState
      ? await this.#options.stateBlocks.read(task, request, changes)
      : ownMembershipAfter(task, timeline);
    if (isInitial && isStranger && timeline.entries.length === 0) return undefined;
    const json = new RoomJson(task.request, this.#options.clock.now());
    await json.addState(state, this.#options.renderer);
    const relations = await this.#readRelations(task, { place, timeline, isNewToClient: false, hasLeft: true });
    json.addTimeline(timeline, { isNewToClient: false, relations });
    json.addAccountData(task.accountData);
    return { json: json.toString(), members: json.members(task.room) };
  }

  /** A room to which the user is invited, or on which they knocked. */
  async answerStripped(task: RoomTask): Promise<RoomAnswer | undefined> {
    const name = task.membership.membership === 'knock' ? 'knock_state' : 'invite_state';
    const events = await this.#options.stripped.read(task);
    if (events === undefined) return undefined;
    return { json: `{"${name}":{"events":${events}}}`, members: new Map() };
  }

  /** The end of an invite or knock of which only that is known. */
  async #answerWithoutRoom(task: RoomTask): Promise<RoomAnswer | undefined> {
    const { room, membership } = task;
    const event = await this.#options.rows.findMembershipWithoutRoom(room, membership.position);
    if (event === undefined) return undefined;
    const rendered = await this.#options.renderer.render(event);
    const json = new RoomJson(task.request, this.#options.clock.now());
    const entries = [{ event, rendered, membership: membership.membership }];
    await json.addState(ownMembershipAfter(task, { entries }), this.#options.renderer);
    json.addTimeline({ entries, isLimited: false, prevBatch: undefined }, ALONE);
    json.addAccountData(task.accountData);
    return { json: json.toString(), members: new Map() };
  }

  /** A room of whose log the client has everything. */
  async #answerQuiet(task: RoomTask): Promise<RoomAnswer | undefined> {
    const ephemeral = await this.#options.ephemeral.read(task, { isNew: false });
    const isRecounted = task.session.isRecounted(task.room.roomId, task.ephemeralSince);
    if (task.accountData.length === 0 && ephemeral.length === 0 && !isRecounted) return undefined;
    const json = new RoomJson(task.request, this.#options.clock.now());
    json.addNoEvents();
    json.addAccountData(task.accountData);
    if (isRecounted) json.addUnread(await this.#options.unread.read(task));
    json.addEphemeral(ephemeral);
    return { json: json.toString(), members: new Map() };
  }

  /** Whether what is unread is to be told though nothing else is. */
  #hasOtherCounts(task: RoomTask): boolean {
    return this.#options.unread.isTouched(task) || task.session.isRecounted(task.room.roomId, task.ephemeralSince);
  }

  async #allAccountData({ request, room, accountData, hasAllAccountData }: RoomTask): Promise<readonly string[]> {
    if (hasAllAccountData) return accountData;
    return await this.#options.accountData.readRoom(request.userId, room.roomId, request.filter);
  }

  async #readRelations(
    { request, settings: { ignored } }: RoomTask,
    { place, timeline, isNewToClient, hasLeft }: RelatedTimeline,
  ): Promise<TimelineRelations> {
    if (!timeline.isLimited && !isNewToClient) return NO_RELATIONS;
    return await this.#options.relations.read(place, timeline.entries, { userId: request.userId, ignored, hasLeft });
  }

  /** Whether the client has the room up to its position: the user was joined there. */
  async #wasJoined(task: RoomTask): Promise<boolean> {
    if (task.since === 0) return false;
    if (task.membership.position <= task.since) return task.membership.membership === 'join';
    return await this.#isJoinedAt(task, task.since);
  }

  async #isJoinedAt(task: RoomTask, position: number): Promise<boolean> {
    const root = await this.#options.rows.rootAt(task.room, position);
    const place = await this.#placeOf(task);
    if (place === undefined) return false;
    const key = { type: 'm.room.member', stateKey: task.request.userId };
    const nid = (await this.#options.states.lookup(place, root, [key]))?.[0];
    if (nid === undefined) return false;
    return (await this.#options.events.load(place, [nid])).get(nid)?.traits.membership === 'join';
  }

  async #summarize({ room, request }: RoomTask, { place, timeline }: { place: RoomPlace; timeline: Timeline }) {
    return await this.#options.summaries.read(room, { place, root: timeline.endRoot }, request.userId);
  }

  /** Nothing for a room of which nothing is stored. */
  async #placeOf({ room, upTo }: RoomTask): Promise<RoomPlace | undefined> {
    room.roomVersion ??= (await this.#options.rows.findLast(room, upTo))?.roomVersion;
    if (room.roomVersion === undefined) return undefined;
    return { shard: room.shard, roomNid: room.roomNid, roomVersion: room.roomVersion };
  }
}

const ALONE = { isNewToClient: false, relations: NO_RELATIONS };

interface RelatedTimeline {
  readonly place: RoomPlace;
  readonly timeline: Timeline;
  readonly isNewToClient: boolean;
  readonly hasLeft: boolean;
}

/** Whether there may be other members, or other ones to name the room after: a room that had a name of its own was told without any. */
function changesSummary(changes: StateChanges | undefined): boolean {
  if (changes === undefined) return true;
  return [changes.before, changes.during].some(
    (entries) =>
      entries.hasMembers() || NAMING_STATE.some(({ type, stateKey }) => entries.find(type, stateKey) !== undefined),
  );
}

/**
 * How the user's membership ended, where only that is told: with `state_after` a client takes nothing of the timeline for a change of state
 * (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3sync).
 */
function ownMembershipAfter(
  { request: { userId, useStateAfter, filter }, room }: RoomTask,
  { entries }: Pick<Timeline, 'entries'>,
): readonly ServedEvent[] {
  if (!useStateAfter) return [];
  const own = entries.findLast(
    ({ event: { traits } }) => traits.type === 'm.room.member' && traits.stateKey === userId,
  )?.event;
  return own !== undefined && filter.matchesState(room.roomId, own.traits) ? [own] : [];
}

/** Nothing happened in the room itself. */
function isQuiet({ request, room, since }: RoomTask): boolean {
  return since > 0 && !request.fullState && room.lastPosition <= since;
}
