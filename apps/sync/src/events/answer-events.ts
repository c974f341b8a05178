import type { SyncToken } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import { NO_ACCOUNT_DATA } from '../answer/account-data.ts';
import { chooseRooms } from '../answer/choose-rooms.ts';
import type { DeviceListsReader } from '../answer/device-lists.ts';
import type { LogPlace } from '../answer/log-place.ts';
import type { RoomTask } from '../answer/room-task.ts';
import { compileFilter } from '../answer/sync-filter.ts';
import type { SyncPlace } from '../answer/sync-place.ts';
import type { SyncRequest } from '../answer/sync-request.ts';
import type { SyncTokens } from '../answer/sync-tokens.ts';
import type { TimelineReader } from '../answer/timeline.ts';
import { deadlineAfter } from '../deadline.ts';
import type { ChangeCounter } from '../ephemeral/change-counter.ts';
import type { AnnouncePresence } from '../presence/announce-presence.ts';
import type { PresenceName } from '../presence/presence-board.ts';
import { Deadlines } from '../sessions/deadlines.ts';
import type { RequestEnd } from '../sessions/request-end.ts';
import type { SessionSettings } from '../sessions/session-settings.ts';
import type { UserSession } from '../sessions/user-session.ts';
import type { UserSessions } from '../sessions/user-sessions.ts';
import { eventJson } from './event-json.ts';
import type { PeekedRoom, PeekedRooms } from './peeked-rooms.ts';

/** A request for `/events` of an authenticated device, parsed. */
export interface EventsRequest {
  readonly userId: string;
  readonly deviceId: string;
  /** How others see the user while they wait. */
  readonly setPresence: PresenceName;
  /** Nothing: from now on. */
  readonly from: SyncToken | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  /** Only this room, which the user may look into without being in it. */
  readonly roomId: string | undefined;
  /** Reached when the client has gone, and by whatever else ends the request. */
  readonly end: RequestEnd;
}

export interface AnswerEventsOptions {
  readonly log: LogPlace;
  readonly tokens: SyncTokens;
  readonly sessions: UserSessions;
  readonly settings: SessionSettings;
  readonly timelines: TimelineReader;
  readonly peekedRooms: PeekedRooms;
  readonly deviceLists: Pick<DeviceListsReader, 'position'>;
  readonly ephemeral: Pick<ChangeCounter, 'last'>;
  readonly announce: Pick<AnnouncePresence, 'syncing'>;
  readonly clock: Clock;
  /** Of this process, 32 bits. */
  readonly bootId: number;
  /** Aborts when the process begins to stop: then whoever waits is answered. */
  readonly draining: AbortSignal;
}

/** How long a request waits, at least, for a log that lags behind the client's token. */
const LAG_PATIENCE_MS = 5000;
/** So many events of one room are told at once; of more, the newest. */
const MAX_EVENTS = 1000;
const EVERYTHING = { ...compileFilter({}), timelineLimit: MAX_EVENTS };

/**
 * Answers `/events`, from which `/sync` came: the events of the user's rooms since a place, or the next one
 * (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3events). It tells events of rooms only, as the specification has it by
 * now; its places are those of `/sync`.
 */
export class AnswerEvents {
  readonly #options: AnswerEventsOptions;
  readonly #deadlines: Deadlines;
  /** Of the requests that are being answered. */
  readonly #ends = new Set<RequestEnd>();

  constructor(options: AnswerEventsOptions) {
    this.#options = options;
    this.#deadlines = new Deadlines(options.clock);
    options.draining.addEventListener('abort', () => this.#drain(), { once: true });
  }

  /** The body of the answer. Throws `M_INVALID_PARAM` for a place of another time or deployment. */
  async execute(request: EventsRequest): Promise<string> {
    this.#requireOwn(request.from);
    const { end } = request;
    const ended = this.#options.announce.syncing(request.userId, request.setPresence);
    this.#ends.add(end);
    if (this.#options.draining.aborted) end.reach('draining');
    try {
      return await this.#listen(request);
    } finally {
      ended();
      this.#ends.delete(end);
    }
  }

  #drain(): void {
    for (const end of this.#ends) end.reach('draining');
  }

  #requireOwn(from: Pick<SyncToken, 'generation' | 'positions'> | undefined): void {
    const { log } = this.#options;
    if (from === undefined) return;
    if (from.generation === log.generation && from.positions.length === log.positions().length) return;
    throw new MatrixError('M_INVALID_PARAM', 400, 'The token in "from" is of another time or deployment');
  }

  async #listen(request: EventsRequest): Promise<string> {
    const { end, timeout } = request;
    const since = await this.#placeOf(request);
    if (!(await this.#catchUp(since, request))) return this.#answer(since, since, []);
    const endsAt = timeout === 0 ? 0 : this.#deadlines.add(end, timeout);
    try {
      let after = since;
      for (;;) {
        const { upTo, events, changed } = await this.#look(request, after);
        try {
          const isOver = timeout === 0 || end.reason !== undefined;
          if (events.length > 0 || isOver) return this.#answer(since, upTo, events);
          await changed.wait(end);
        } finally {
          changed.release();
        }
        after = upTo;
      }
    } finally {
      this.#deadlines.cancel(end, endsAt);
    }
  }

  async #placeOf({ from, userId }: EventsRequest): Promise<SyncPlace> {
    const { log, sessions, deviceLists, ephemeral, bootId } = this.#options;
    if (from !== undefined) {
      const { generation, positions, userPosition, deviceListPosition, ephemeralPosition } = from;
      const told = from.bootId === bootId ? ephemeralPosition : 0;
      return { generation, positions, userPosition, deviceLists: deviceListPosition, ephemeral: told };
    }
    const { stream } = await sessions.open(userId);
    await stream.read();
    const [{ generation }, positions] = [log, [...log.positions()]];
    const userPosition = stream.position;
    return { generation, positions, userPosition, deviceLists: deviceLists.position, ephemeral: ephemeral.last };
  }

  async #catchUp({ positions: wanted }: SyncPlace, { timeout, end }: EventsRequest): Promise<boolean> {
    const { log, clock } = this.#options;
    const isReached = (): boolean => wanted.every((position, shard) => position <= (log.positions()[shard] ?? 0));
    if (isReached()) return true;
    const deadline = deadlineAfter(Math.max(timeout, LAG_PATIENCE_MS), clock, end);
    await log.reached(wanted, deadline.signal);
    deadline.cancel();
    return isReached();
  }

  /** What there is now, and how to hear of more. The session may have been dropped meanwhile: then it is opened anew. */
  async #look(request: EventsRequest, since: SyncPlace): Promise<Look> {
    for (;;) {
      const session = await this.#options.sessions.open(request.userId);
      const { changes: seen } = session;
      const settings = this.#options.settings.find(session) ?? (await this.#options.settings.read(session));
      const peeked = await this.#peek(request, session);
      if (!this.#options.sessions.isCurrent(session)) {
        peeked?.release();
        continue;
      }
      // At once, so that the memberships are those of the positions.
      const upTo = { ...since, positions: [...this.#options.log.positions()] };
      const tasks = tasksOf({ request, session, peeked, since, upTo, settings });
      const changed = {
        wait: (end: RequestEnd) => session.changed(seen, end),
        release: () => peeked?.release(),
      };
      try {
        this.#requireOwn(since);
        return { upTo, events: await this.#read(tasks, request), changed };
      } catch (error) {
        changed.release();
        throw error;
      }
    }
  }

  async #peek({ roomId }: EventsRequest, session: UserSession): Promise<PeekedRoom | undefined> {
    if (roomId === undefined || session.memberships.get(roomId)?.membership === 'join') return undefined;
    return await this.#options.peekedRooms.open(roomId, () => session.roomChanged());
  }

  async #read(tasks: readonly RoomTask[], { userId, deviceId }: EventsRequest): Promise<string[]> {
    const reader = { userId, deviceId, now: this.#options.clock.now() };
    const events: string[] = [];
    for (const task of tasks) {
      const { entries } = await this.#options.timelines.read(task, task.since);
      for (const entry of entries) events.push(eventJson(task.room.roomId, entry, reader));
      if (task.request.end.isGone) return [];
    }
    return events;
  }

  #answer(start: SyncPlace, end: SyncPlace, events: readonly string[]): string {
    return `{"start":"${this.#tokenAt(start)}","chunk":[${events.join(',')}],"end":"${this.#tokenAt(end)}"}`;
  }

  #tokenAt({ generation, positions, userPosition, deviceLists, ephemeral: ephemeralPosition }: SyncPlace): string {
    const { tokens, bootId } = this.#options;
    return tokens.write({
      generation,
      userPosition,
      deviceListPosition: deviceLists,
      positions,
      bootId,
      ephemeralPosition,
    });
  }
}

interface Look {
  readonly upTo: SyncPlace;
  readonly events: readonly string[];
  readonly changed: { wait(end: RequestEnd): Promise<void>; release(): void };
}

interface Looking {
  readonly request: EventsRequest;
  readonly session: UserSession;
  readonly peeked: PeekedRoom | undefined;
  readonly since: SyncPlace;
  readonly upTo: SyncPlace;
  readonly settings: RoomTask['settings'];
}

/** What is not of a room's timeline is not told here. */
const NOBODY_TYPES = { hasChanged: () => false, changedAfter: () => new Set<string>() };

function tasksOf({ request, session, peeked, since, upTo, settings }: Looking): RoomTask[] {
  const asked = syncRequestOf(request);
  if (peeked === undefined) {
    const changed = session.changedSince(since.positions);
    const items = { accountData: NO_ACCOUNT_DATA, isComplete: false, settings };
    const range = { since, upTo, changed, items, typing: NOBODY_TYPES };
    return chooseRooms(session, asked, range).map(({ task }) => task);
  }
  const { membership } = peeked;
  const { room } = membership;
  return [
    {
      request: asked,
      session,
      room,
      membership,
      since: since.positions[room.shard] ?? 0,
      ephemeralSince: 0,
      upTo: upTo.positions[room.shard] ?? 0,
      accountData: [],
      hasAllAccountData: false,
      settings,
    },
  ];
}

function syncRequestOf({ userId, deviceId, from: since, timeout, roomId, end }: EventsRequest): SyncRequest {
  const filter =
    roomId === undefined ? EVERYTHING : { ...EVERYTHING, matchesRoom: (asked: string): boolean => asked === roomId };
  return {
    userId,
    deviceId,
    since,
    words: undefined,
    filter,
    timeout,
    fullState: false,
    // What a filter or a limit leaves out is not made up for by state here.
    useStateAfter: true,
    setPresence: 'online',
    end,
  };
}
