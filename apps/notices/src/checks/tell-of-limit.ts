import type { Clock, JsonObject } from '@plexus/matrix-base';
import type { RoomWriter } from '@plexus/rpc';
import type { UsageLimit } from '@plexus/service-shell';
import type { HostedServer, NoticeRoom, NoticeRoomRepository } from '@plexus/storage';
import type { MakeRoom } from '../rooms/make-room.ts';
import type { ReadPins } from '../rooms/read-pins.ts';
import { commandIdOf, executeCommand, protoEvent } from '../rooms/room-commands.ts';
import type { SendOnce } from '../sending/send-once.ts';
import type { CheckedUser, DueNotice } from './run-checks.ts';

export interface TellOfLimitPorts {
  /** The limit of a server whose users are more than it allows; nothing: all is well. */
  readonly reachedLimit: (server: HostedServer) => UsageLimit | undefined;
  readonly noticeRooms: Pick<NoticeRoomRepository, 'find' | 'setLimitEvent'>;
  readonly makeRoom: Pick<MakeRoom, 'execute'>;
  readonly pins: Pick<ReadPins, 'execute'>;
  readonly sendOnce: Pick<SendOnce, 'execute'>;
  readonly writer: RoomWriter;
  readonly clock: Pick<Clock, 'now'>;
}

const PINNED = 'm.room.pinned_events';

/**
 * Tells users that their server has more users than it may have: a notice that is pinned as long as that is so
 * (https://spec.matrix.org/v1.19/client-server-api/#server-notices). Reached again within a month, it is pinned again.
 */
export class TellOfLimit implements DueNotice {
  readonly #ports: TellOfLimitPorts;

  constructor(ports: TellOfLimitPorts) {
    this.#ports = ports;
  }

  concerns(server: HostedServer): boolean {
    return this.#ports.reachedLimit(server) !== undefined;
  }

  async tell({ user, server, policy }: CheckedUser): Promise<void> {
    const { userId } = user;
    const limit = this.#ports.reachedLimit(server);
    if (limit === undefined) return;
    const before = await this.#ports.makeRoom.execute(userId, policy);
    if (before === undefined || before.limitEventId !== undefined) return;
    const sent = await this.#ports.sendOnce.execute({
      // In another room, where that one is no more, it has not been said.
      noticeId: `usage-limit:${monthOf(this.#ports.clock.now())}:${before.roomId}:${userId}`,
      userId,
      event: { type: 'm.room.message', content: contentOf(policy.usageLimitFor(user), limit) },
    });
    const room = await this.#ports.noticeRooms.find(userId);
    if (sent.outcome !== 'sent' || room === undefined) return;
    await this.#changePins(room, policy.sender, { adds: sent.eventId });
    await this.#ports.noticeRooms.setLimitEvent(userId, sent.eventId);
  }

  /** The limit is no longer reached: the notice stays, unpinned. Other pins stay. */
  async clear(userId: string, sender: string): Promise<void> {
    const room = await this.#ports.noticeRooms.find(userId);
    if (room?.limitEventId === undefined) return;
    await this.#changePins(room, sender, { removes: room.limitEventId });
    await this.#ports.noticeRooms.setLimitEvent(userId, undefined);
  }

  /** @NOTE What the pins are is in the command's id: repeated after a crash it is the same, after another change it is another. */
  async #changePins(
    { roomId }: NoticeRoom,
    sender: string,
    { adds, removes }: { readonly adds?: string; readonly removes?: string },
  ): Promise<void> {
    const { pinned, eventId } = await this.#ports.pins.execute(roomId);
    const kept = pinned.filter((one) => one !== removes && one !== adds);
    const wanted = adds === undefined ? kept : [...kept, adds];
    if (wanted.length === pinned.length && wanted.every((one, index) => one === pinned[index])) return;
    const event = protoEvent(sender, { type: PINNED, stateKey: '', content: { pinned: wanted } });
    const commandId = commandIdOf('pins', roomId, eventId ?? '', JSON.stringify(wanted));
    await executeCommand(this.#ports.writer, { commandId, roomId, command: { $case: 'sendEvent', value: { event } } });
  }
}

function contentOf(body: string, { adminContact }: UsageLimit): JsonObject {
  return {
    msgtype: 'm.server_notice',
    body,
    server_notice_type: 'm.server_notice.usage_limit_reached',
    limit_type: 'monthly_active_user',
    ...(adminContact !== undefined && { admin_contact: adminContact }),
  };
}

function monthOf(now: number): string {
  return new Date(now).toISOString().slice(0, 7);
}
