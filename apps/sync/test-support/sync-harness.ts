import type { PresenceRecord } from '@plexus/topics';
import {
  FakeCache,
  FakeDeviceLists,
  FakeHostedServers,
  FakeJudgedUnread,
  FakePresenceStatuses,
  FakeRelations,
  FakeRooms,
  FakeUserStreams,
} from '@plexus/testing';
import type { FakeEvent } from '@plexus/testing';
import type { StateNode } from '@plexus/room-dag';
import { decodeSyncToken } from '@plexus/matrix-api';
import type { FilterDefinition } from '@plexus/matrix-api';
import type { DeviceKeyCounts, HistoryEvent, Receipt, RoomLogRow } from '@plexus/storage';
import type { SyncKind } from '../src/answer/answer-sync.ts';
import { compileFilter } from '../src/answer/sync-filter.ts';
import { composeSync } from '../src/compose-sync.ts';
import type { SyncParts, SyncSettings } from '../src/sync-parts.ts';
import { RequestEnd } from '../src/sessions/request-end.ts';

export interface ClientEventBody {
  readonly event_id: string;
  readonly type: string;
  readonly sender: string;
  readonly state_key?: string;
  readonly content: Readonly<Record<string, unknown>>;
  readonly unsigned?: Readonly<Record<string, unknown>>;
}

export interface AccountDataBody {
  readonly events: readonly { readonly type: string; readonly content: object }[];
}

export interface RoomBody {
  readonly account_data?: AccountDataBody;
  readonly timeline: {
    readonly events: readonly ClientEventBody[];
    readonly limited: boolean;
    readonly prev_batch?: string;
  };
  readonly state?: { readonly events: readonly ClientEventBody[] };
  readonly state_after?: { readonly events: readonly ClientEventBody[] };
  readonly summary?: Readonly<Record<string, unknown>>;
  readonly unread_notifications?: { readonly notification_count: number; readonly highlight_count: number };
  readonly unread_thread_notifications?: Readonly<Record<string, RoomBody['unread_notifications']>>;
  readonly ephemeral?: { readonly events: readonly Pick<ClientEventBody, 'type' | 'content'>[] };
}

export interface StrippedBody {
  readonly invite_state?: { readonly events: readonly ClientEventBody[] };
  readonly knock_state?: { readonly events: readonly ClientEventBody[] };
}

export interface SyncBody {
  readonly presence?: { readonly events: readonly Pick<ClientEventBody, 'type' | 'sender' | 'content'>[] };
  readonly next_batch: string;
  readonly device_lists?: { readonly changed: readonly string[]; readonly left: readonly string[] };
  readonly device_one_time_keys_count?: Readonly<Record<string, number>>;
  readonly device_unused_fallback_key_types?: readonly string[];
  readonly account_data?: AccountDataBody;
  readonly to_device?: { readonly events: readonly { readonly content: object }[] };
  readonly rooms?: {
    readonly join?: Readonly<Record<string, RoomBody>>;
    readonly leave?: Readonly<Record<string, RoomBody>>;
    readonly invite?: Readonly<Record<string, StrippedBody>>;
    readonly knock?: Readonly<Record<string, StrippedBody>>;
  };
}

export interface SyncOptions {
  readonly since?: string;
  readonly filter?: FilterDefinition;
  readonly timeout?: number;
  readonly fullState?: boolean;
  readonly useStateAfter?: boolean;
  readonly setPresence?: 'online' | 'unavailable' | 'offline';
  readonly deviceId?: string;
  readonly end?: RequestEnd;
}

type SharedAnswersListener = (keys: readonly string[]) => void;

/** Pauses in which replicas hear of each other are shorter; they pass by themselves. */
const SHORT_MS = 100;

/** A clock that moves only when a test says so. */
export class ManualClock {
  time = 1_000_000;
  readonly #timers = new Set<{ readonly at: number; readonly ring: () => void }>();

  now(): number {
    return this.time;
  }

  async delay(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return;
    if (ms < SHORT_MS) return await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    await new Promise<void>((resolve) => {
      const timer = { at: this.time + ms, ring: resolve };
      this.#timers.add(timer);
      signal?.addEventListener('abort', () => this.#timers.delete(timer) && resolve(), { once: true });
    });
  }

  get timers(): number {
    return this.#timers.size;
  }

  advance(ms: number): void {
    this.time += ms;
    for (const timer of this.#timers) {
      if (timer.at > this.time) continue;
      this.#timers.delete(timer);
      timer.ring();
    }
  }
}

const SETTINGS: SyncSettings = {
  tailBytes: 1_000_000,
  eventBytes: 1_000_000,
  initialSyncs: 2,
  sessionIdleMs: 60_000,
  hasPresence: true,
  judgedAtOnce: 500,
  retention: {
    isEnabled: false,
    defaultLifetimeMs: undefined,
    leastLifetimeMs: undefined,
    greatestLifetimeMs: undefined,
  },
  keepAnswersMs: 120_000,
  keptAnswers: 1_000_000,
};

let lastTransaction = 0;

/** Whoever is asked for is there. */
const everybody = {
  devices: new Map<string, undefined>(),
  findUser: async (userId: string) => ({
    userId,
    passwordHash: undefined,
    isAdmin: false,
    isDeploymentAdmin: false,
    isGuest: false,
    isDeactivated: false,
    displayName: undefined,
    avatarUrl: undefined,
  }),
};

const isHosted = (userId: string): boolean => userId.endsWith(':a.example');

/** One replica of `sync` over rooms in memory. */
export class SyncHarness {
  readonly rooms: FakeRooms;
  readonly streams: FakeUserStreams;
  readonly deviceLists: FakeDeviceLists;
  readonly keyCounts: DeviceKeyCounts = { oneTimeKeys: {}, unusedFallbackKeys: [] };
  readonly clock: ManualClock;
  readonly parts: SyncParts;
  readonly failures: unknown[] = [];
  readonly statuses: FakePresenceStatuses;
  readonly judged: FakeJudgedUnread;
  readonly servers = new FakeHostedServers(['a.example']);
  readonly forgotten = new Map<string, number>();
  readonly published = new Set<string>();
  /** The first event of rooms that has not expired, by the rooms' numbers. */
  readonly kept = new Map<number, HistoryEvent>();
  readonly erased = new Set<string>();
  readonly draining = new AbortController();
  lastKind: SyncKind | undefined;
  lastBody: string | undefined;

  constructor({
    rooms = new FakeRooms(3),
    streams = new FakeUserStreams(everybody),
    clock = new ManualClock(),
    settings = {} as Partial<SyncSettings>,
    bootId = 7,
    statuses = new FakePresenceStatuses(),
    judged = new FakeJudgedUnread(),
    answers = undefined as FakeCache<string> | undefined,
  } = {}) {
    this.rooms = rooms;
    this.statuses = statuses;
    this.judged = judged;
    this.streams = streams;
    // The projection has hosted users alone.
    this.deviceLists = new FakeDeviceLists({
      findUserRoom: async (userId, roomId) => (isHosted(userId) ? rooms.findUserRoom(userId, roomId) : undefined),
    });
    this.clock = clock;
    const ports = {
      reader: rooms,
      relations: new FakeRelations((roomNid) => this.rooms.eventsOf(roomNid)),
      positions: rooms,
      history: { findFirstStoredSince: async (_shard: number, roomNid: number) => this.kept.get(roomNid) },
      receipts: rooms,
      unread: rooms,
      pushRules: new FakeCache<string>(),
      userRooms: rooms,
      forgotten: { findForgottenRooms: async () => this.forgotten },
      users: {
        findErasedUsers: async (userIds: readonly string[]) => new Set(userIds.filter((id) => this.erased.has(id))),
      },
      published: { isPublished: async (_serverName: string, roomId: string) => this.published.has(roomId) },
      userStreams: this.streams,
      accountData: this.streams,
      deviceLists: this.deviceLists,
      deviceKeys: { countKeys: async () => this.keyCounts },
      deviceKeyCounts: new FakeCache<DeviceKeyCounts>(),
      inbox: this.streams,
      stateNodes: new FakeCache<StateNode>(),
      clock,
      bootId,
      wantsMember: isHosted,
      failed: (error: unknown) => void this.failures.push(error),
      servers: this.servers,
      presenceStatuses: this.statuses,
      judged: this.judged,
      ...(answers && {
        answers: { cache: answers, onTold: (listener: SharedAnswersListener) => void answers.listeners.push(listener) },
      }),
      publishPresence: (record: PresenceRecord) => this.parts.presence.take(record),
      ephemeralFailed: (error: unknown) => void this.failures.push(error),
      draining: this.draining.signal,
    };
    this.parts = composeSync(ports, { ...SETTINGS, ...settings });
  }

  static async started(options: ConstructorParameters<typeof SyncHarness>[0] = {}): Promise<SyncHarness> {
    const harness = new SyncHarness(options);
    await Promise.all([harness.parts.follower.start(), harness.parts.deviceLists.start()]);
    return harness;
  }

  /** Appends an event, and has its record arrive. */
  send(event: FakeEvent): RoomLogRow {
    const row = this.rooms.append(event);
    this.arrive(row);
    return row;
  }

  arrive(row: RoomLogRow): void {
    this.parts.follower.receive(this.rooms.recordOf(row));
  }

  /** Sets account data, and has the hint of it arrive unless it is lost. */
  async setAccountData(
    userId: string,
    item: { readonly roomId?: string; readonly type: string; readonly content?: object },
    { isHintLost = false } = {},
  ): Promise<void> {
    const content = JSON.stringify(item.content ?? {});
    const { positions } = await this.streams.transact([userId], ({ accountData }) =>
      accountData.storeAccountData(userId, { roomId: item.roomId, type: item.type, content }),
    );
    if (isHintLost) return;
    for (const [user, position] of positions) this.parts.streams.receive({ userId: user, position });
  }

  /** Sends a message to every device of the user that has synced here, and has the hint of it arrive. */
  async sendToDevice(userId: string, content: object): Promise<void> {
    const message = JSON.stringify({ type: 'm.test', sender: userId, content });
    const sent = { sender: userId, transactionId: `t${++lastTransaction}` };
    const { positions } = await this.streams.transact([userId], ({ toDevice }) =>
      toDevice.storeMessages([{ userId, deviceId: undefined, message }], sent),
    );
    for (const [user, position] of positions) this.parts.streams.receive({ userId: user, position });
  }

  async sync(userId: string, options: SyncOptions = {}): Promise<SyncBody> {
    everybody.devices.set(`${userId} ${options.deviceId ?? 'DEVICE'}`, undefined);
    const answer = await this.parts.answerer.answer({
      userId,
      deviceId: options.deviceId ?? 'DEVICE',
      since: options.since === undefined ? undefined : decodeSyncToken(options.since),
      words: wordsOf(options),
      filter: compileFilter(options.filter ?? {}),
      timeout: options.timeout ?? 0,
      fullState: options.fullState ?? false,
      useStateAfter: options.useStateAfter ?? false,
      setPresence: options.setPresence ?? 'offline',
      end: options.end ?? new RequestEnd(),
    });
    this.lastKind = answer.kind;
    this.lastBody = answer.body;
    return JSON.parse(answer.body) as SyncBody;
  }
}

function wordsOf({ since, fullState, useStateAfter = false, filter = {} }: SyncOptions): string | undefined {
  return since === undefined || fullState === true ? undefined : `${since} ${useStateAfter} ${JSON.stringify(filter)}`;
}

/** Writes events of one room. */
export class RoomScript {
  readonly #harness: SyncHarness;
  readonly roomId: string;

  constructor(harness: SyncHarness, roomId: string) {
    this.#harness = harness;
    this.roomId = roomId;
  }

  create(creator: string): RoomLogRow {
    this.state('m.room.create', { room_version: '11' }, { sender: creator });
    this.member(creator, 'join');
    return this.state('m.room.power_levels', { users: { [creator]: 100 } }, { sender: creator });
  }

  member(userId: string, membership: string, { sender = userId, content = {} } = {}): RoomLogRow {
    return this.state('m.room.member', { membership, ...content }, { sender, stateKey: userId });
  }

  state(type: string, content: object, { sender = '@alice:a.example', stateKey = '' } = {}): RoomLogRow {
    return this.#harness.send({ roomId: this.roomId, type, sender, stateKey, content: { ...content } });
  }

  say(sender: string, body: string, more: Partial<FakeEvent> = {}): RoomLogRow {
    return this.#harness.send({ roomId: this.roomId, type: 'm.room.message', sender, content: { body }, ...more });
  }

  /** Receipts of this room, in one row; of the last event where none is named. */
  read(userId: string, ...receipts: readonly Partial<Receipt>[]): RoomLogRow {
    const row = this.#harness.rooms.appendReceipts(this.roomId, userId, receipts.length === 0 ? [{}] : receipts);
    this.#harness.arrive(row);
    return row;
  }

  redact(sender: string, row: RoomLogRow): RoomLogRow {
    const redacts = row.event?.eventId ?? '';
    return this.#harness.send({ roomId: this.roomId, type: 'm.room.redaction', sender, content: {}, redacts });
  }
}

/** Texts of messages, and types of everything else. */
export function textsOf(room: RoomBody | undefined): string[] | undefined {
  return room?.timeline.events.map(nameOf);
}

export function stateOf(room: RoomBody | undefined): string[] | undefined {
  return (room?.state ?? room?.state_after)?.events.map(nameOf).toSorted();
}

function nameOf({ type, state_key, content }: ClientEventBody): string {
  if (type === 'm.room.message') return String(content['body']);
  if (type === 'm.room.member') return `${state_key} ${String(content['membership'])}`;
  return type.replace('m.room.', '');
}
