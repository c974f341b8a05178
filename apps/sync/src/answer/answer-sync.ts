import { encodeSyncToken } from '@plexus/matrix-api';
import type { SyncToken } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import type { ForgottenRoomReader } from '@plexus/storage';
import { deadlineAfter } from '../deadline.ts';
import type { ChangeCounter } from '../ephemeral/change-counter.ts';
import type { AnnouncePresence } from '../presence/announce-presence.ts';
import type { TypingRooms } from '../ephemeral/typing-rooms.ts';
import type { DeviceSlot, DeviceSlots } from '../sessions/device-slots.ts';
import type { UserSession } from '../sessions/user-session.ts';
import type { UnreadCounter } from '../unread/unread-counter.ts';
import type { UserSessions } from '../sessions/user-sessions.ts';
import type { RoomAnswer, RoomAnswerer } from './answer-room.ts';
import { chooseRooms } from './choose-rooms.ts';
import type { ChosenRoom } from './choose-rooms.ts';
import type { DeviceKeysReader } from './device-keys.ts';
import type { DeviceListsReader } from './device-lists.ts';
import type { FairQueue } from './fair-queue.ts';
import type { LogPlace } from './log-place.ts';
import type { PresenceSection } from './presence.ts';
import { SyncResponse } from './response.ts';
import { SentMembers } from './sent-members.ts';
import type { SyncPlace } from './sync-place.ts';
import type { SyncRequest } from './sync-request.ts';
import type { UserItems, UserItemsReader } from './user-items.ts';

export interface SyncAnswererOptions {
  readonly log: LogPlace;
  readonly sessions: UserSessions;
  readonly devices: DeviceSlots;
  readonly rooms: RoomAnswerer;
  readonly unread: Pick<UnreadCounter, 'prepare'>;
  readonly items: UserItemsReader;
  readonly deviceLists: DeviceListsReader;
  readonly deviceKeys: DeviceKeysReader;
  readonly forgotten: Pick<ForgottenRoomReader, 'findForgottenRooms'>;
  readonly initialSyncs: FairQueue;
  readonly typing: TypingRooms;
  /** Counts changes of what is not stored. */
  readonly ephemeral: Pick<ChangeCounter, 'last'>;
  readonly presence: Pick<PresenceSection, 'read'>;
  readonly announce: Pick<AnnouncePresence, 'syncing'>;
  readonly clock: Clock;
  /** Of this process, 32 bits. */
  readonly bootId: number;
  /** Aborts when the process begins to stop: then whoever waits is answered. */
  readonly draining: AbortSignal;
}

export type SyncKind = 'initial' | 'incremental' | 'waited' | 'timeout' | 'replaced' | 'gone';

export interface SyncAnswer {
  readonly kind: SyncKind;
  readonly body: string;
}

/** How long a request waits, at least, for a log that lags behind the client's token. */
const LAG_PATIENCE_MS = 5000;
/** So many rooms are worked on at once. */
const ROOMS_AT_ONCE = 8;

/**
 * Answers `/sync` (https://spec.matrix.org/v1.19/client-server-api/#syncing).
 *
 *     1  the log is delivered up to the client's token, else the same token is given back
 *     2  the user's own stream is read up to where it stands
 *     3  the response's positions and the user's memberships are taken at once: they are one snapshot, since roots, events and
 *        rows of the log never change
 *     4  each room that changed between the two is answered
 *     5  nothing to tell: wait for a change and go on from the place of steps 2 and 3, until there is something or the time is over
 */
export class SyncAnswerer {
  readonly #options: SyncAnswererOptions;

  constructor(options: SyncAnswererOptions) {
    this.#options = options;
  }

  async answer(request: SyncRequest): Promise<SyncAnswer> {
    const { devices, clock, initialSyncs } = this.#options;
    const slot = devices.take(request.userId, request.deviceId, clock.now());
    const ended = this.#options.announce.syncing(request.userId, request.setPresence);
    try {
      const since = this.#placeOf(request);
      if (since !== undefined && !(await this.#catchUp(since, request, slot)))
        return await this.#standStill(since, request);
      const attempt = { request, slot, sent: sentMembersFor(request, slot) };
      if (since !== undefined && !request.fullState) return await this.#answerChanges(attempt, since);
      return await initialSyncs.run(request.userId, request.gone, async () => this.#answerAtOnce(attempt, since));
    } catch (error) {
      if (request.gone.aborted) return { kind: 'gone', body: '{}' };
      throw error;
    } finally {
      ended();
      slot.release();
    }
  }

  /** A token of an earlier generation may name positions that were lost: the client is told everything again. */
  #placeOf({ since }: SyncRequest): SyncPlace | undefined {
    const { log, bootId } = this.#options;
    if (since === undefined) return undefined;
    if (since.positions.length !== log.positions().length) {
      throw new MatrixError('M_INVALID_PARAM', 400, 'The token in "since" is not of this deployment');
    }
    if (since.generation !== log.generation) return undefined;
    const { positions, userPosition, deviceListPosition: deviceLists, ephemeralPosition } = since;
    return { positions, userPosition, deviceLists, ephemeral: since.bootId === bootId ? ephemeralPosition : 0 };
  }

  async #catchUp(place: SyncPlace, request: SyncRequest, slot: DeviceSlot): Promise<boolean> {
    const { log, clock, deviceLists } = this.#options;
    const { positions: since } = place;
    if (place.deviceLists > deviceLists.position) await deviceLists.reached(place.deviceLists);
    if (isReached(since, log.positions())) return true;
    const deadline = deadlineAfter(Math.max(request.timeout, LAG_PATIENCE_MS), clock, this.#endsOf(request, slot));
    await log.reached(since, deadline.signal);
    deadline.cancel();
    return isReached(since, log.positions());
  }

  /** What ends waiting before its time. */
  #endsOf({ gone }: SyncRequest, { replaced }: DeviceSlot): readonly AbortSignal[] {
    return [gone, replaced, this.#options.draining];
  }

  async #standStill(since: SyncPlace, request: SyncRequest): Promise<SyncAnswer> {
    return { kind: 'timeout', body: await this.#complete(new SyncResponse(this.#tokenAt(since)), request) };
  }

  async #answerAtOnce(attempt: Attempt, since: SyncPlace | undefined): Promise<SyncAnswer> {
    const opened = await this.#open(attempt, since, { isFirst: true });
    const { response } = await this.#respond(attempt, opened, since);
    return await this.#finish(attempt, response, 'initial');
  }

  async #answerChanges(attempt: Attempt, since: SyncPlace): Promise<SyncAnswer> {
    const { request, slot } = attempt;
    const deadline = deadlineAfter(request.timeout, this.#options.clock, this.#endsOf(request, slot));
    try {
      for (let from = since, hasWaited = false; ; hasWaited = true) {
        const opened = await this.#open(attempt, from, { isFirst: !hasWaited });
        const { response, upTo } = await this.#respond(attempt, opened, from);
        if (!response.isEmpty) return await this.#finish(attempt, response, hasWaited ? 'waited' : 'incremental');
        if (deadline.signal.aborted || request.timeout === 0) {
          return await this.#finish(attempt, response, slot.replaced.aborted ? 'replaced' : 'timeout');
        }
        from = upTo;
        await opened.session.changed(opened.changes, deadline.signal);
      }
    } finally {
      deadline.cancel();
    }
  }

  /**
   * The user's session and what is new in the user's stream. A request that will not wait reads once where the stream stands, so that a
   * client finds what it wrote; one that waits hears of it a moment later. A session may have been dropped meanwhile: then it is opened
   * anew.
   */
  async #open(
    { request, slot }: Attempt,
    since: SyncPlace | undefined,
    { isFirst }: { isFirst: boolean },
  ): Promise<Opened> {
    const { sessions, items } = this.#options;
    if (isFirst && since !== undefined) await items.confirm(request, since.userPosition, slot.inbox);
    for (;;) {
      const session = await sessions.open(request.userId);
      const mayWait = since !== undefined && !request.fullState && request.timeout > 0;
      if (isFirst) await (mayWait ? session.stream.readRecent() : session.stream.read());
      const { changes } = session;
      const read = await items.read(request, { session, inbox: slot.inbox }, since?.userPosition);
      if (sessions.isCurrent(session)) return { session, changes, items: read };
    }
  }

  async #respond(
    { request, sent }: Attempt,
    { session, items }: Opened,
    since: SyncPlace | undefined,
  ): Promise<{ response: SyncResponse; upTo: SyncPlace }> {
    const { log, ephemeral, typing, presence, deviceLists } = this.#options;
    const upTo = {
      positions: log.positions(),
      userPosition: items.upTo,
      deviceLists: Math.max(deviceLists.position, since?.deviceLists ?? 0),
      ephemeral: ephemeral.last,
    };
    const hasChanged = (roomId: string, place: number): boolean => (typing.find(roomId)?.changedAt ?? 0) > place;
    const changed = since && session.changedSince(since.positions);
    const chosen = chooseRooms(session, request, { since, upTo, changed, hasChanged, items });
    const response = new SyncResponse(this.#tokenAt(upTo));
    // At once, from the memberships of the positions in `upTo`.
    const tellDeviceLists = since && deviceLists.begin(session, { since, upTo, changed });
    await this.#prepareUnread(session, chosen);
    const [rooms, lists, presences] = await Promise.all([
      this.#answerRooms(chosen, { request, sent, since }),
      tellDeviceLists?.(),
      presence.read(session, request, since?.ephemeral ?? 0),
    ]);
    for (const { section, task, answer } of rooms) {
      if (answer !== undefined) response.addRoom(section, task.room.roomId, answer);
    }
    response.addEvents('account_data', items.accountData.account);
    if (lists !== undefined) response.addSection('device_lists', JSON.stringify(lists));
    response.addEvents('to_device', items.toDevice);
    response.addEvents('presence', presences);
    return { response, upTo };
  }

  async #prepareUnread(session: UserSession, chosen: readonly ChosenRoom[]): Promise<void> {
    const joined = chosen.filter(({ section, task }) => section === 'join' && task.room.lastPosition > task.since);
    await this.#options.unread.prepare(
      session,
      joined.map(({ task }) => task.room),
    );
  }

  async #answerRooms(
    chosen: readonly ChosenRoom[],
    { request, sent, since }: { request: SyncRequest; sent: SentMembers; since: SyncPlace | undefined },
  ): Promise<AnsweredRoom[]> {
    const forgotten = await this.#findForgotten(chosen, request, since);
    const rooms = chosen.filter(({ task }) => task.membership.position > (forgotten.get(task.room.roomId) ?? 0));
    const answers: (RoomAnswer | undefined)[] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      for (let index = next++; index < rooms.length; index = next++) {
        const room = rooms[index];
        if (room !== undefined) answers[index] = await this.#answerRoom(room, sent);
        request.gone.throwIfAborted();
      }
    };
    await Promise.all(Array.from({ length: Math.min(ROOMS_AT_ONCE, rooms.length) }, work));
    return rooms.map((room, index) => ({ ...room, answer: answers[index] }));
  }

  /** Only an initial sync can bring up rooms that the user left long ago. */
  async #findForgotten(
    chosen: readonly ChosenRoom[],
    { userId }: SyncRequest,
    since: SyncPlace | undefined,
  ): Promise<ReadonlyMap<string, number>> {
    if (since !== undefined || !chosen.some(({ section }) => section === 'leave')) return new Map();
    return await this.#options.forgotten.findForgottenRooms(userId);
  }

  async #answerRoom({ section, task }: ChosenRoom, sent: SentMembers): Promise<RoomAnswer | undefined> {
    if (section === 'join') return await this.#options.rooms.answerJoined(task, sent);
    if (section === 'leave') return await this.#options.rooms.answerLeft(task, sent);
    return await this.#options.rooms.answerStripped(task);
  }

  async #finish({ sent, request }: Attempt, response: SyncResponse, kind: SyncKind): Promise<SyncAnswer> {
    sent.sending(response.nextBatch, response.members);
    return { kind, body: await this.#complete(response, request) };
  }

  /** With what every answer tells, whatever else it has. */
  async #complete(response: SyncResponse, { userId, deviceId }: SyncRequest): Promise<string> {
    for (const [name, json] of await this.#options.deviceKeys.read(userId, deviceId)) response.addSection(name, json);
    return response.toString();
  }

  #tokenAt({ positions, userPosition, deviceLists, ephemeral }: SyncPlace): SyncToken {
    const { log, bootId } = this.#options;
    const stored = { generation: log.generation, userPosition, deviceListPosition: deviceLists, positions };
    return { ...stored, bootId, ephemeralPosition: ephemeral };
  }
}

type AnsweredRoom = ChosenRoom & { readonly answer: RoomAnswer | undefined };

interface Opened {
  readonly session: UserSession;
  /** What the session had counted before the stream was read. */
  readonly changes: number;
  readonly items: UserItems;
}

interface Attempt {
  readonly request: SyncRequest;
  readonly slot: DeviceSlot;
  readonly sent: SentMembers;
}

function isReached(wanted: readonly number[], positions: readonly number[]): boolean {
  return wanted.every((position, shard) => position <= (positions[shard] ?? 0));
}

function sentMembersFor({ filter, since }: SyncRequest, { sentMembers }: DeviceSlot): SentMembers {
  if (!filter.lazyLoadsMembers || filter.includesRedundantMembers) return new SentMembers();
  sentMembers.confirm(since && encodeSyncToken(since));
  return sentMembers;
}
