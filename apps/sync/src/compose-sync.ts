import type { NamedCache } from '@plexus/cache';
import type { Clock } from '@plexus/matrix-base';
import type { StateNode } from '@plexus/room-dag';
import { RoomLogFollower } from '@plexus/room-log';
import type { Protections, WantsMember } from '@plexus/room-log';
import { AggregationReader, ErasedEvents, RedactionReader, StateReader, VisibilityReader } from '@plexus/room-view';
import type {
  AccountDataReader,
  DeviceKeyCountReader,
  DeviceKeyCounts,
  DeviceListReader,
  ErasedUserReader,
  ForgottenRoomReader,
  HostedServers,
  JudgedUnreadRepository,
  PresenceStatusRepository,
  PublishedRoomRepository,
  ReceiptReader,
  RelationReader,
  RoomLogPositionReader,
  RoomReader,
  ToDeviceInbox,
  UnreadReader,
  UserRoomReader,
  UserStreamReader,
} from '@plexus/storage';
import type { TracedRows } from '@plexus/service-shell';
import type { PresenceRecord } from '@plexus/topics';
import { StoredPushRules, UserStreamFollower } from '@plexus/user-streams';
import { AccountDataSection } from './answer/account-data.ts';
import { DeviceKeysReader } from './answer/device-keys.ts';
import { DeviceListsReader } from './answer/device-lists.ts';
import { EphemeralReader } from './answer/ephemeral.ts';
import { RoomAnswerer } from './answer/answer-room.ts';
import { ChosenRoomsAnswerer } from './answer/answer-rooms.ts';
import { SyncAnswerer } from './answer/answer-sync.ts';
import { FairQueue } from './answer/fair-queue.ts';
import { ReceiptsReader } from './answer/receipts.ts';
import { ListKeyChanges } from './answer/list-key-changes.ts';
import { RoomSummaryReader } from './answer/room-summary.ts';
import { StateBlockReader } from './answer/state-block.ts';
import { SyncTokens } from './answer/sync-tokens.ts';
import { StrippedRoomReader } from './answer/stripped-room.ts';
import { TimelineReader } from './answer/timeline.ts';
import type { LogPlace } from './answer/log-place.ts';
import { ChangedDeviceLists } from './device-lists/changed-device-lists.ts';
import { DeviceListFollower } from './device-lists/device-list-follower.ts';
import type { FollowedChange } from './device-lists/device-list-follower.ts';
import { JoinedRoomsReader } from './device-lists/joined-rooms.ts';
import { RemoteJoinedRooms } from './device-lists/remote-joined-rooms.ts';
import { SharedRooms } from './device-lists/shared-rooms.ts';
import { SharingUsers } from './device-lists/sharing-users.ts';
import { ChangeCounter } from './ephemeral/change-counter.ts';
import { AnswerEvents } from './events/answer-events.ts';
import type { AnswerEventsOptions } from './events/answer-events.ts';
import { PeekedRooms } from './events/peeked-rooms.ts';
import { AnswerInitialSync } from './initial-sync/answer-initial-sync.ts';
import { PresenceSection } from './answer/presence.ts';
import { AnnouncePresence } from './presence/announce-presence.ts';
import { PresencePolicy } from './presence/presence-policy.ts';
import { GetPresence } from './presence/get-presence.ts';
import { PresenceBoard } from './presence/presence-board.ts';
import { PresenceChanges } from './presence/presence-changes.ts';
import { RemoteUserRooms } from './presence/remote-user-rooms.ts';
import { TypingRooms } from './ephemeral/typing-rooms.ts';
import { ToDeviceSection } from './answer/to-device.ts';
import { UserItemsReader } from './answer/user-items.ts';
import { TimelineRelationReader } from './answer/timeline-relations.ts';
import { EventStore } from './log/event-store.ts';
import type { TracedArrival } from './log/room-log.ts';
import { RoomRows } from './log/room-rows.ts';
import { RoomTail } from './log/room-tail.ts';
import { SyncLog } from './log/sync-log.ts';
import { EventRenderer } from './render/event-renderer.ts';
import { IgnoredSenders } from './unread/ignored-senders.ts';
import { PushContexts } from './unread/push-contexts.ts';
import { JudgeBacklog } from './unread/judge-backlog.ts';
import { OwnRulesCounter } from './unread/own-rules-counter.ts';
import type { OwnRulesOptions } from './unread/own-rules-counter.ts';
import { UnreadCounter } from './unread/unread-counter.ts';
import { DeviceSlots } from './sessions/device-slots.ts';
import { SessionSettings } from './sessions/session-settings.ts';
import { UserSessions } from './sessions/user-sessions.ts';

/** What `sync` needs from outside. */
export interface SyncPorts {
  readonly reader: RoomReader;
  readonly relations: RelationReader;
  readonly positions: RoomLogPositionReader;
  readonly receipts: ReceiptReader;
  readonly unread: UnreadReader;
  readonly pushRules: NamedCache<string>;
  readonly userRooms: UserRoomReader;
  readonly forgotten: Pick<ForgottenRoomReader, 'findForgottenRooms'>;
  readonly users: ErasedUserReader;
  readonly published: Pick<PublishedRoomRepository, 'isPublished'>;
  readonly userStreams: UserStreamReader;
  readonly accountData: AccountDataReader;
  readonly deviceLists: DeviceListReader;
  readonly deviceKeys: DeviceKeyCountReader;
  /** By `deviceKeyCountsKey`. */
  readonly deviceKeyCounts: NamedCache<DeviceKeyCounts>;
  readonly inbox: ToDeviceInbox;
  readonly stateNodes: NamedCache<StateNode>;
  readonly clock: Clock;
  /** Of this process, 32 bits. */
  readonly bootId: number;
  /** Whether a user is of a hosted server. */
  readonly wantsMember: WantsMember;
  /** Which rows of the log are of a recorded trace, and who is told that an answer has one. */
  readonly tracedRows?: Pick<TracedRows, 'find'>;
  readonly answeredTraced?: (arrival: TracedArrival) => void;
  readonly failed: (error: unknown) => void;
  /** Told that Postgres lacks what it had. */
  readonly commitsLost?: () => Promise<void>;
  /** A topic that may lose records could not be read; it goes on by itself. */
  readonly ephemeralFailed: (error: unknown) => void;
  readonly servers: Pick<HostedServers, 'find'>;
  readonly presenceStatuses: PresenceStatusRepository;
  readonly judged: JudgedUnreadRepository;
  /** To all replicas, this one too. */
  readonly publishPresence: (record: PresenceRecord) => void;
  /** Aborts when the process begins to stop: then whoever waits is answered. */
  readonly draining: AbortSignal;
}

export interface SyncSettings {
  readonly tailBytes: number;
  readonly eventBytes: number;
  readonly initialSyncs: number;
  readonly sessionIdleMs: number;
  readonly hasPresence: boolean;
  /** So many events of a room are judged by a user's own push rules while the user waits. */
  readonly judgedAtOnce: number;
  readonly protections?: Partial<Protections>;
}

/** The parts of a running `sync`. */
export interface SyncParts {
  readonly follower: RoomLogFollower;
  readonly streams: UserStreamFollower;
  readonly deviceLists: DeviceListFollower;
  readonly listKeyChanges: ListKeyChanges;
  readonly answerer: SyncAnswerer;
  readonly tokens: SyncTokens;
  readonly answerEvents: AnswerEvents;
  readonly answerInitialSync: AnswerInitialSync;
  readonly tail: RoomTail;
  readonly sessions: UserSessions;
  readonly devices: DeviceSlots;
  readonly typing: TypingRooms;
  readonly presence: PresenceChanges;
  readonly announce: AnnouncePresence;
  readonly getPresence: GetPresence;
  readonly backlog: JudgeBacklog;
  readonly initialSyncs: FairQueue;
  readonly failed: (error: unknown) => void;
  readonly ephemeralFailed: (error: unknown) => void;
}

/** Puts the parts together. Nothing runs until `follower.start()`. */
export function composeSync(ports: SyncPorts, settings: SyncSettings): SyncParts {
  const { clock, reader } = ports;
  const tail = new RoomTail(settings.tailBytes);
  const events = new EventStore(reader, tail, settings.eventBytes);
  const devices = new DeviceSlots();
  const initialSyncs = new FairQueue(settings.initialSyncs);
  const streams = new UserStreamFollower({ reader: ports.userStreams, clock, failed: ports.failed });
  const sessions: UserSessions = new UserSessions({
    tail,
    userRooms: ports.userRooms,
    positions: ports.positions,
    streams,
    clock,
    reached: (positions, signal) => follower.reached(positions, signal),
    idleMs: settings.sessionIdleMs,
  });
  const ephemeral = new ChangeCounter();
  const typing = new TypingRooms(ephemeral, (roomId) => sessions.wake(roomId));
  const isRemote = (userId: string): boolean => !ports.wantsMember(userId);
  const remoteJoinedRooms = composeRemoteJoinedRooms(ports, events);
  const remoteRooms = new RemoteUserRooms({ isRemote, read: (userId) => remoteJoinedRooms.read(userId) });
  const board = new PresenceBoard(isRemote);
  const seen = { board, sessions, remoteRooms, clock };
  const presence = new PresenceChanges({ ...seen, tail, counter: ephemeral, failed: ports.failed });
  const policy = new PresencePolicy(ports.servers, settings.hasPresence);
  const { publishPresence: publish, presenceStatuses: statuses } = ports;
  const announce = new AnnouncePresence({ board, clock, policy, statuses, publish, failed: ports.failed });
  const follower: RoomLogFollower = new RoomLogFollower({
    reader,
    clock,
    handler: new SyncLog({
      tail,
      events,
      sessions,
      typing,
      presence,
      clock,
      tracedRows: ports.tracedRows,
      failed: ports.failed,
    }),
    readGeneration: () => ports.positions.readGeneration(),
    ...(ports.commitsLost && { commitsLost: ports.commitsLost }),
    // Memberships that are not yet projected are then in the tail.
    startAt: () => ports.positions.readProjectedPositions(),
    wantsMember: ports.wantsMember,
    protections: settings.protections ?? {},
  });
  const accountData = new AccountDataSection(ports.accountData);
  const { reader: rowReader, judged, failed: backlogFailed } = ports;
  const backlog = new JudgeBacklog({
    reader: rowReader,
    judged,
    counter: ephemeral,
    failed: backlogFailed,
    stopping: ports.draining,
  });
  const { judgedAtOnce } = settings;
  const unread = composeUnread(ports, { tail, events, backlog, judgedAtOnce, generation: () => follower.generation });
  const { forgotten, bootId, draining, failed, ephemeralFailed } = ports;
  const rooms = new ChosenRoomsAnswerer({
    rooms: composeRooms(ports, { tail, events, typing, accountData, unread, log: follower }),
    unread,
    forgotten,
  });
  const shared = { sessions, devices, initialSyncs, typing, announce };
  const sessionSettings = new SessionSettings(ports.accountData);
  const items = new UserItemsReader(accountData, new ToDeviceSection(ports.inbox), sessionSettings);
  const { deviceLists, listDeviceLists } = composeDeviceLists(ports, {
    tail,
    events,
    sessions,
    remoteJoinedRooms,
  });
  const deviceKeys = new DeviceKeysReader(ports.deviceKeys, ports.deviceKeyCounts);
  const getPresence = new GetPresence({ ...seen, policy, statuses });
  const presenceSection = new PresenceSection({ ...seen, counter: ephemeral, policy });
  const sections = { presence: presenceSection, rooms, items, deviceLists: listDeviceLists, deviceKeys };
  const tokens = new SyncTokens();
  const place = { log: follower, tokens, ephemeral, bootId };
  const answerer = new SyncAnswerer({
    ...shared,
    ...place,
    ...sections,
    clock,
    draining,
    answeredTraced: ports.answeredTraced,
  });
  const followers = { follower, streams, deviceLists };
  const listKeyChanges = new ListKeyChanges({ log: follower, sessions, deviceLists: listDeviceLists, clock });
  const listening = { ...place, sessions, announce, tail, events, deviceLists: listDeviceLists };
  const answerEvents = composeEvents(ports, { ...listening, settings: sessionSettings });
  const answerInitialSync = new AnswerInitialSync({ answerer, sessions, reader, published: ports.published });
  const answerers = { answerer, answerEvents, answerInitialSync, listKeyChanges };
  const parts = { ...shared, ...followers, ...answerers, presence, getPresence, tokens, tail, backlog };
  return { ...parts, failed, ephemeralFailed };
}

function composeEvents(
  { reader, stateNodes, users, clock, draining }: SyncPorts,
  {
    tail,
    events,
    ...parts
  }: Pick<SyncParts, 'tail'> & { readonly events: EventStore } & Omit<
      AnswerEventsOptions,
      'timelines' | 'peekedRooms' | 'clock' | 'draining'
    >,
): AnswerEvents {
  const states = new StateReader(reader, stateNodes);
  const renderer = new EventRenderer({ redactions: new RedactionReader(reader, states), states, events });
  const visibility = new VisibilityReader(reader, states);
  const erased = new ErasedEvents(users);
  const rows = new RoomRows(tail, reader);
  const timelines = new TimelineReader({ rows, renderer, visibility, erased, log: parts.log });
  return new AnswerEvents({
    ...parts,
    timelines,
    peekedRooms: new PeekedRooms(tail, reader, states),
    clock,
    draining,
  });
}

function composeRemoteJoinedRooms({ reader, stateNodes }: SyncPorts, events: EventStore): RemoteJoinedRooms {
  return new RemoteJoinedRooms({ reader, states: new StateReader(reader, stateNodes), events });
}

function composeDeviceLists(
  ports: SyncPorts,
  {
    tail,
    events,
    sessions,
    remoteJoinedRooms,
  }: Pick<SyncParts, 'tail' | 'sessions'> & {
    readonly events: EventStore;
    readonly remoteJoinedRooms: RemoteJoinedRooms;
  },
): { readonly deviceLists: DeviceListFollower; readonly listDeviceLists: DeviceListsReader } {
  const { reader, clock, failed, stateNodes } = ports;
  const states = new StateReader(reader, stateNodes);
  const joinedRooms = new JoinedRoomsReader(ports.userRooms, tail);
  const deviceLists = new DeviceListFollower({
    reader: ports.deviceLists,
    joinedRooms: (userId) => (ports.wantsMember(userId) ? joinedRooms : remoteJoinedRooms).read(userId),
    changed: (change) => wakeForDeviceList(sessions, change),
    clock,
    failed,
  });
  const sharedRooms = new SharedRooms({ rows: new RoomRows(tail, reader), states, events });
  const listDeviceLists = new DeviceListsReader({
    changes: new ChangedDeviceLists(deviceLists, ports.deviceLists, {
      isHosted: ports.wantsMember,
      sharing: new SharingUsers({ reader, sharedRooms }),
    }),
    sharedRooms,
    joinedRooms: async (userId) => (ports.wantsMember(userId) ? joinedRooms.read(userId) : undefined),
  });
  return { deviceLists, listDeviceLists };
}

/** Whoever shares a room with the user waits for what changes there. */
function wakeForDeviceList(sessions: UserSessions, { userId, seenBy, roomIds }: FollowedChange): void {
  sessions.wakeUser(seenBy ?? userId);
  if (seenBy === undefined) for (const roomId of roomIds) sessions.wake(roomId);
}

function composeUnread(
  ports: SyncPorts,
  {
    tail,
    events,
    ...judging
  }: Pick<SyncParts, 'tail' | 'backlog'> &
    Pick<OwnRulesOptions, 'judgedAtOnce' | 'generation'> & { readonly events: EventStore },
): UnreadCounter {
  const { reader, stateNodes, accountData, pushRules, judged } = ports;
  const rows = new RoomRows(tail, reader);
  const states = new StateReader(reader, stateNodes);
  const contexts = new PushContexts({ rows, reader, events, states });
  const rules = new StoredPushRules(accountData, pushRules);
  const ownRules = new OwnRulesCounter({ contexts, rows, judged, ...judging });
  const ignoredSenders = new IgnoredSenders({ rows, states });
  return new UnreadCounter({ reader: ports.unread, rules, contexts, ownRules, ignoredSenders, tail });
}

function composeRooms(
  ports: SyncPorts,
  parts: Pick<SyncParts, 'tail' | 'typing'> & {
    readonly events: EventStore;
    readonly accountData: AccountDataSection;
    readonly unread: UnreadCounter;
    readonly log: LogPlace;
  },
): RoomAnswerer {
  const { reader, clock, stateNodes } = ports;
  const { tail, events, typing, accountData, unread, log } = parts;
  const rows = new RoomRows(tail, reader);
  const states = new StateReader(reader, stateNodes);
  const redactions = new RedactionReader(reader, states);
  const visibility = new VisibilityReader(reader, states);
  const erased = new ErasedEvents(ports.users);
  const aggregations = new AggregationReader({
    relations: ports.relations,
    rooms: reader,
    redactions,
    visibility,
    erased,
  });
  const renderer = new EventRenderer({ redactions, states, events });
  return new RoomAnswerer({
    rows,
    states,
    events,
    renderer,
    clock,
    accountData,
    unread,
    timelines: new TimelineReader({ rows, renderer, visibility, erased, log }),
    stateBlocks: new StateBlockReader({ states, events, rows }),
    summaries: new RoomSummaryReader({ reader, states, events }),
    ephemeral: new EphemeralReader(typing, new ReceiptsReader(tail, ports.receipts)),
    relations: new TimelineRelationReader(aggregations, clock),
    stripped: new StrippedRoomReader({ rows, states, events, redactions }),
  });
}
