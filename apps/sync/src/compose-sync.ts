import { RoomLogFollower } from '@plexus/room-log';
import { ErasedEvents, RedactionReader, RoomExpiry, RoomState, StateReader, VisibilityReader } from '@plexus/room-view';
import { UserStreamFollower } from '@plexus/user-streams';
import { AccountDataSection } from './answer/account-data.ts';
import { CheckGiven } from './answer/check-given.ts';
import { DeviceKeysReader } from './answer/device-keys.ts';
import { ChosenRoomsAnswerer } from './answer/answer-rooms.ts';
import { SyncAnswerer } from './answer/answer-sync.ts';
import { FairQueue } from './answer/fair-queue.ts';
import { GivenAnswers } from './answer/given-answers.ts';
import { ListKeyChanges } from './answer/list-key-changes.ts';
import { SharedAnswers } from './answer/shared-answers.ts';
import { SyncTokens } from './answer/sync-tokens.ts';
import { TakenAway } from './answer/taken-away.ts';
import { TimelineReader } from './answer/timeline.ts';
import { ChangeCounter } from './ephemeral/change-counter.ts';
import { AnswerEvents } from './events/answer-events.ts';
import type { AnswerEventsOptions } from './events/answer-events.ts';
import { PeekedRooms } from './events/peeked-rooms.ts';
import { AnswerInitialSync } from './initial-sync/answer-initial-sync.ts';
import { TypingRooms } from './ephemeral/typing-rooms.ts';
import { ToDeviceSection } from './answer/to-device.ts';
import { UserItemsReader } from './answer/user-items.ts';
import { EventStore } from './log/event-store.ts';
import { RoomRows } from './log/room-rows.ts';
import { RoomTail } from './log/room-tail.ts';
import { SyncLog } from './log/sync-log.ts';
import { EventRenderer } from './render/event-renderer.ts';
import { JudgeBacklog } from './unread/judge-backlog.ts';
import { DeviceSlots } from './sessions/device-slots.ts';
import { SessionSettings } from './sessions/session-settings.ts';
import { UserSessions } from './sessions/user-sessions.ts';
import { composeDeviceLists, composeRemoteJoinedRooms } from './compose-device-lists.ts';
import { composeRooms, composeUnread } from './compose-rooms.ts';
import type { SyncParts, SyncPorts, SyncSettings } from './sync-parts.ts';
import { composePresence } from './compose-presence.ts';

/** Puts the parts together. Nothing runs until `follower.start()`. */
export function composeSync(ports: SyncPorts, settings: SyncSettings): SyncParts {
  const { clock, reader, judged, forgotten, bootId, draining, tracedRows, failed, ephemeralFailed } = ports;
  const tail = new RoomTail(settings.tailBytes);
  const events = new EventStore(reader, tail, settings.eventBytes);
  const devices = new DeviceSlots();
  const initialSyncs = new FairQueue(settings.initialSyncs);
  const streams = new UserStreamFollower({ reader: ports.userStreams, clock, failed });
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
  const remoteJoinedRooms = composeRemoteJoinedRooms(ports, events);
  const surroundings = { sessions, tail, ephemeral, remoteJoinedRooms, clock };
  const { presence, announce, getPresence, section } = composePresence(ports, settings.hasPresence, surroundings);
  const takenAway = new TakenAway();
  const log = new SyncLog({ tail, events, sessions, typing, presence, takenAway, clock, tracedRows, failed });
  const follower: RoomLogFollower = composeFollower(ports, settings, log);
  const expiry = composeExpiry(ports, settings);
  const accountData = new AccountDataSection(ports.accountData);
  const backlog = new JudgeBacklog({ reader, judged, counter: ephemeral, failed, stopping: draining });
  const { judgedAtOnce } = settings;
  const unread = composeUnread(ports, { tail, events, backlog, judgedAtOnce, generation: () => follower.generation });
  const rooms = new ChosenRoomsAnswerer({
    rooms: composeRooms(ports, { tail, events, typing, accountData, unread, expiry, log: follower }),
    unread,
    forgotten,
  });
  const tokens = new SyncTokens();
  const given = composeGivenAnswers(ports, settings, new CheckGiven({ ...ports, takenAway, tokens }));
  const shared = { sessions, devices, initialSyncs, typing, announce, given };
  const sessionSettings = new SessionSettings(ports.accountData);
  const items = new UserItemsReader(accountData, new ToDeviceSection(ports.inbox), sessionSettings);
  const { deviceLists, listDeviceLists } = composeDeviceLists(ports, {
    tail,
    events,
    sessions,
    remoteJoinedRooms,
  });
  const deviceKeys = new DeviceKeysReader(ports.deviceKeys, ports.deviceKeyCounts);
  const sections = { presence: section, rooms, items, deviceLists: listDeviceLists, deviceKeys };
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
  const listening = { ...place, expiry, sessions, announce, tail, events, deviceLists: listDeviceLists };
  const answerEvents = composeEvents(ports, { ...listening, settings: sessionSettings });
  const answerInitialSync = new AnswerInitialSync({ answerer, sessions, reader, published: ports.published });
  const answerers = { answerer, answerEvents, answerInitialSync, listKeyChanges };
  const parts = { ...shared, ...followers, ...answerers, presence, getPresence, tokens, tail, backlog };
  return { ...parts, failed, ephemeralFailed };
}

function composeGivenAnswers(
  { answers, clock, bootId }: SyncPorts,
  { keepAnswersMs: keepMs, keptAnswers: maxSize }: SyncSettings,
  check: CheckGiven,
): GivenAnswers {
  return new GivenAnswers({ keepMs, maxSize, shared: answers && new SharedAnswers(answers), check, clock, bootId });
}

function composeExpiry(ports: SyncPorts, { retention }: SyncSettings): RoomExpiry {
  const { reader, stateNodes } = ports;
  const stateReader = new StateReader(reader, stateNodes);
  const states = new RoomState(reader, stateReader, new RedactionReader(reader, stateReader));
  return new RoomExpiry({ ...ports, rooms: reader, states }, retention);
}

function composeFollower(
  { reader, clock, positions, commitsLost, wantsMember }: SyncPorts,
  { protections = {} }: SyncSettings,
  handler: SyncLog,
): RoomLogFollower {
  return new RoomLogFollower({
    reader,
    clock,
    handler,
    readGeneration: () => positions.readGeneration(),
    ...(commitsLost && { commitsLost }),
    // Memberships that are not yet projected are then in the tail.
    startAt: () => positions.readProjectedPositions(),
    wantsMember,
    protections,
  });
}

function composeEvents(
  { reader, stateNodes, users, clock, draining }: SyncPorts,
  {
    tail,
    events,
    expiry,
    ...parts
  }: Pick<SyncParts, 'tail'> & { readonly events: EventStore; readonly expiry: RoomExpiry } & Omit<
      AnswerEventsOptions,
      'timelines' | 'peekedRooms' | 'clock' | 'draining'
    >,
): AnswerEvents {
  const states = new StateReader(reader, stateNodes);
  const renderer = new EventRenderer({ redactions: new RedactionReader(reader, states), states, events });
  const visibility = new VisibilityReader(reader, states);
  const erased = new ErasedEvents(users);
  const rows = new RoomRows(tail, reader);
  const timelines = new TimelineReader({ rows, renderer, visibility, erased, expiry, log: parts.log });
  return new AnswerEvents({
    ...parts,
    timelines,
    peekedRooms: new PeekedRooms(tail, reader, states),
    clock,
    draining,
  });
}
