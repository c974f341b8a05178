import type { RoomWriter } from '@plexus/rpc';
import type { NoticeLook, NoticePolicy } from '@plexus/service-shell';
import type { NoticeRoom, NoticeRoomRepository } from '@plexus/storage';
import { lookEvents, senderMember } from './build-notice-room.ts';
import { commandIdOf, executeCommand, protoEvent } from './room-commands.ts';
import type { EventToSend } from './room-commands.ts';

export interface RestyleRoomPorts {
  readonly noticeRooms: Pick<NoticeRoomRepository, 'setLook'>;
  readonly writer: RoomWriter;
}

/** Gives a room of notices the names and pictures that are configured now. */
export class RestyleRoom {
  readonly #ports: RestyleRoomPorts;

  constructor(ports: RestyleRoomPorts) {
    this.#ports = ports;
  }

  /** @NOTE A crash before the new look is stored repeats it: what is already so stays as it is. */
  async execute(room: NoticeRoom, policy: NoticePolicy): Promise<void> {
    const before = lookOf(room);
    const after = policy.lookIn(policy.language);
    const events = [...senderEvents(before, after, policy.sender), ...lookEvents(before, after)];
    if (events.length === 0) return;
    for (const event of events) await this.#send(room, policy.sender, event);
    await this.#ports.noticeRooms.setLook(room.userId, { look: { ...after }, lookVersion: room.lookVersion });
  }

  /** What a room refuses of its look keeps no notice from being sent. */
  async #send({ roomId, lookVersion }: NoticeRoom, sender: string, event: EventToSend): Promise<void> {
    const commandId = commandIdOf('look', roomId, String(lookVersion), event.type, JSON.stringify(event.content));
    const command = { $case: 'sendEvent', value: { event: protoEvent(sender, event) } } as const;
    await executeCommand(this.#ports.writer, { commandId, roomId, command });
  }
}

function lookOf({ look }: NoticeRoom): Partial<NoticeLook> {
  const names = ['displayName', 'avatarUrl', 'roomName', 'roomAvatarUrl', 'roomTopic'] as const;
  return Object.fromEntries(names.filter((name) => typeof look[name] === 'string').map((name) => [name, look[name]]));
}

function senderEvents(before: Partial<NoticeLook>, after: NoticeLook, sender: string): EventToSend[] {
  const isSame = before.displayName === after.displayName && before.avatarUrl === after.avatarUrl;
  return isSame ? [] : [senderMember(sender, after)];
}
