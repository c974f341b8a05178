import { isJsonObject } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { ProtoEvent, RoomCommandReply, RoomCommandRequest, RoomWriter } from '@plexus/rpc';
import { loadConfigText, noticePolicyOf, readEnvironment, systemRandomSource } from '@plexus/service-shell';
import type { NoticePolicy, PlexusConfig } from '@plexus/service-shell';
import type { HostedServer } from '@plexus/storage';
import {
  FakeAccounts,
  FakeHostedServers,
  FakeNoticeDeliveries,
  FakeNoticeRooms,
  FakeRooms,
  FakeUserStreams,
} from '@plexus/testing';
import { AdmitUser } from '../src/rooms/admit-user.ts';
import { MakeRoom } from '../src/rooms/make-room.ts';
import { RestyleRoom } from '../src/rooms/restyle-room.ts';
import { SendNotice } from '../src/sending/send-notice.ts';
import { SendOnce } from '../src/sending/send-once.ts';

export const SERVER = 'one.example';
export const ALICE = `@alice:${SERVER}`;
export const SENDER = `@notices:${SERVER}`;

const CONFIG = `
servers: []
server_notices:
  system_mxid_localpart: notices
  system_mxid_display_name: Operator
  room_topic: What you should know
`;

/** The configuration of the tests, with these further lines of `server_notices`. */
export function noticesConfig(lines = ''): PlexusConfig {
  return loadConfigText(`${CONFIG}${lines}`, readEnvironment({}));
}

/** Notices over everything in memory, for users of `one.example`. */
export interface NoticesHarness {
  readonly accounts: FakeAccounts;
  readonly servers: FakeHostedServers;
  readonly rooms: FakeRooms;
  readonly streams: FakeUserStreams;
  readonly noticeRooms: FakeNoticeRooms;
  readonly deliveries: FakeNoticeDeliveries;
  readonly writer: NoticeRoomOwner;
  readonly makeRoom: MakeRoom;
  readonly sendNotice: SendNotice;
  readonly sendOnce: SendOnce;
  /** What is configured from now on. */
  configure(config: PlexusConfig): void;
  policyOf(server: HostedServer): NoticePolicy | undefined;
}

export async function noticesHarness(config = noticesConfig()): Promise<NoticesHarness> {
  let current = config;
  const accounts = new FakeAccounts();
  await accounts.addUser({ userId: ALICE, passwordHash: undefined, displayName: 'Alice' });
  const servers = new FakeHostedServers([SERVER]);
  const rooms = new FakeRooms();
  const streams = new FakeUserStreams(accounts);
  const noticeRooms = new FakeNoticeRooms();
  const deliveries = new FakeNoticeDeliveries();
  const writer = new NoticeRoomOwner(rooms);
  const policyOf = (server: HostedServer): NoticePolicy | undefined => noticePolicyOf(current, server);
  let now = 1_700_000_000_000;
  const clock = { now: () => now++, delay: async () => {} };
  const shared = { noticeRooms, users: accounts, userRooms: rooms, streams, writer, keys: servers, clock };
  const makeRoom = new MakeRoom({ ...shared, random: systemRandomSource });
  const sendNotice = new SendNotice(
    { servers, policyOf, noticeRooms, writer },
    { makeRoom, admitUser: new AdmitUser(shared), restyleRoom: new RestyleRoom(shared) },
  );
  return {
    accounts,
    servers,
    rooms,
    streams,
    noticeRooms,
    deliveries,
    writer,
    makeRoom,
    sendNotice,
    sendOnce: new SendOnce(deliveries, sendNotice),
    configure: (next) => {
      current = next;
    },
    policyOf,
  };
}

/** The owner of rooms with the rules that matter here; whoever asks again under a command's id gets its first result. */
export class NoticeRoomOwner implements RoomWriter {
  readonly commands: RoomCommandRequest[] = [];
  /** Answers instead of doing anything, the first ones first. */
  readonly replies: RoomCommandReply[] = [];
  /** Told before each command has its effect. */
  before: (request: RoomCommandRequest) => Promise<void> = async () => {};
  readonly #rooms: FakeRooms;
  readonly #results = new Map<string, RoomCommandReply>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(rooms: FakeRooms) {
    this.#rooms = rooms;
  }

  /** One command after the other, as a room's owner does. */
  execute(request: RoomCommandRequest): Promise<RoomCommandReply> {
    const executing = this.#last.then(() => this.#execute(request));
    this.#last = executing;
    return executing;
  }

  async #execute(request: RoomCommandRequest): Promise<RoomCommandReply> {
    this.commands.push(request);
    await this.before(request);
    const reply = this.replies.shift() ?? this.#results.get(request.commandId) ?? (await this.#apply(request));
    if (reply.$case === 'stored') this.#results.set(request.commandId, reply);
    return reply;
  }

  /** Contents of the events of a type in a room, the oldest first. */
  contentsOf(roomId: string, type: string): JsonObject[] {
    return this.#rooms.rows
      .flat()
      .flatMap(({ event }) => (event === undefined ? [] : [JSON.parse(event.json.toString()) as JsonObject]))
      .filter((event) => event['room_id'] === roomId && event['type'] === type)
      .map(({ content }) => (isJsonObject(content) ? content : {}));
  }

  async #apply({ roomId, command }: RoomCommandRequest): Promise<RoomCommandReply> {
    const room = await this.#rooms.findRoom(roomId);
    if (command?.$case === 'createRoom') {
      if (room !== undefined) return refused('M_ROOM_IN_USE', 400, 'create.exists');
      const create = JSON.parse(command.value.createEvent.toString()) as { sender: string; content: object };
      const first = { type: 'm.room.create', sender: create.sender, stateKey: '', content: { ...create.content } };
      this.#rooms.append({ roomId, ...first });
      return stored(command.value.events.map((event) => this.#append(roomId, event)));
    }
    if (room === undefined) return refused('M_NOT_FOUND', 404, 'room.unknown');
    if (command?.$case === 'sendEvent' && command.value.event !== undefined) {
      return stored([this.#append(roomId, command.value.event)]);
    }
    if (command?.$case !== 'changeMembership') return stored([]);
    const { sender, targetUserId, membership, onlyFrom, content } = command.value;
    const before = (await this.#rooms.findUserRoom(targetUserId, roomId))?.membership ?? 'leave';
    if (onlyFrom.length > 0 && !onlyFrom.includes(before)) return refused('M_FORBIDDEN', 403, 'member.only_from');
    const event = { ...(JSON.parse(content.toString()) as object), membership };
    const row = this.#rooms.append({ roomId, type: 'm.room.member', sender, stateKey: targetUserId, content: event });
    return stored([row.event?.eventId ?? '']);
  }

  #append(roomId: string, { type, sender, stateKey, content }: ProtoEvent): string {
    const parsed = JSON.parse(content.toString()) as { [key: string]: unknown };
    const event = { roomId, type, sender, content: parsed, ...(stateKey !== undefined && { stateKey }) };
    return this.#rooms.append(event).event?.eventId ?? '';
  }
}

export function refused(errcode: string, httpStatus: number, rule: string): RoomCommandReply {
  return { $case: 'refused', value: { errcode, httpStatus, error: 'Refused', rule } };
}

function stored(eventIds: string[]): RoomCommandReply {
  return { $case: 'stored', value: { eventIds, position: 1 } };
}
