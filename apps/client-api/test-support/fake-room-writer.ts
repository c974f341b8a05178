import type { ProtoEvent, RoomCommandReply, RoomCommandRequest, RoomWriter } from '@plexus/rpc';
import type { FakeRooms } from '@plexus/testing';

type Change = Extract<RoomCommandRequest['command'], { $case: 'changeMembership' }>['value'];

/** A room's owner without rules but these: who speaks must be joined, and `onlyFrom` holds. Writes into `FakeRooms`. */
export class FakeRoomWriter implements RoomWriter {
  readonly commands: RoomCommandRequest[] = [];
  /** The next answer, instead of doing anything. */
  nextReply: RoomCommandReply | undefined;
  readonly #rooms: FakeRooms;
  readonly #results = new Map<string, RoomCommandReply>();

  constructor(rooms: FakeRooms) {
    this.#rooms = rooms;
  }

  async execute(request: RoomCommandRequest): Promise<RoomCommandReply> {
    this.commands.push(request);
    const scripted = this.nextReply;
    this.nextReply = undefined;
    const reply = scripted ?? this.#results.get(request.commandId) ?? (await this.#apply(request));
    if (reply.$case === 'stored') this.#results.set(request.commandId, reply);
    return reply;
  }

  async #apply({ roomId, command }: RoomCommandRequest): Promise<RoomCommandReply> {
    if (command?.$case === 'createRoom') {
      const create = JSON.parse(command.value.createEvent.toString()) as { sender: string; content: object };
      const first = { type: 'm.room.create', sender: create.sender, stateKey: '', content: create.content };
      const created = this.#rooms.append({ roomId, ...first, content: { ...create.content } });
      const ids = command.value.events.map((event) => this.#append(roomId, event));
      return stored([created.event?.eventId ?? '', ...ids]);
    }
    if (command?.$case === 'deadLetter') return stored([]);
    if (command?.$case === 'forgetUser') {
      this.#rooms.removeUserRoom(command.value.userId, roomId);
      return stored([]);
    }
    if ((await this.#rooms.findRoom(roomId)) === undefined) return refused('M_NOT_FOUND', 404);
    if (command?.$case === 'sendEvent' && command.value.event !== undefined)
      return this.#send(roomId, command.value.event);
    if (command?.$case === 'changeMembership') return this.#change(roomId, command.value);
    return stored([]);
  }

  async #send(roomId: string, event: ProtoEvent): Promise<RoomCommandReply> {
    const member = await this.#rooms.findUserRoom(event.sender, roomId);
    if (member?.membership !== 'join') return refused('M_FORBIDDEN', 403);
    return stored([this.#append(roomId, event)]);
  }

  async #change(roomId: string, change: Change): Promise<RoomCommandReply> {
    const { sender, targetUserId, membership, onlyFrom } = change;
    const before = (await this.#rooms.findUserRoom(targetUserId, roomId))?.membership ?? 'leave';
    if (onlyFrom.length > 0 && !onlyFrom.includes(before)) return refused('M_FORBIDDEN', 403, 'member.only_from');
    const content = { ...(JSON.parse(change.content.toString()) as object), membership };
    const row = this.#rooms.append({ roomId, type: 'm.room.member', sender, stateKey: targetUserId, content });
    return stored([row.event?.eventId ?? '']);
  }

  #append(
    roomId: string,
    { type, sender, stateKey, content, redacts, transactionId, senderDeviceId }: ProtoEvent,
  ): string {
    const row = this.#rooms.append({
      roomId,
      type,
      sender,
      content: JSON.parse(content.toString()) as { [key: string]: unknown },
      transactionId,
      senderDeviceId,
      ...(stateKey !== undefined && { stateKey }),
      ...(redacts !== '' && { redacts }),
    });
    return row.event?.eventId ?? '';
  }
}

export function refused(errcode: string, httpStatus: number, rule = ''): RoomCommandReply {
  return { $case: 'refused', value: { errcode, httpStatus, error: 'Refused', rule } };
}

function stored(eventIds: string[]): RoomCommandReply {
  return { $case: 'stored', value: { eventIds, position: 1 } };
}
