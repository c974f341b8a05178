import { serverNameOf } from '@plexus/matrix-base';
import type { NoticeOutcome, NoticeRefusal, RoomWriter } from '@plexus/rpc';
import type { NoticePolicy } from '@plexus/service-shell';
import type { HostedServer, HostedServers, NoticeRoom, NoticeRoomRepository } from '@plexus/storage';
import type { AdmitUser } from '../rooms/admit-user.ts';
import type { MakeRoom } from '../rooms/make-room.ts';
import type { RestyleRoom } from '../rooms/restyle-room.ts';
import { commandIdOf, executeCommand, isLost, protoEvent, RoomUnavailableError } from '../rooms/room-commands.ts';
import type { EventToSend } from '../rooms/room-commands.ts';

export interface NoticeToSend {
  /** Names the notice among all: under one name a user gets one event. */
  readonly noticeId: string;
  readonly userId: string;
  readonly event: EventToSend;
}

export interface SendNoticePorts {
  readonly servers: Pick<HostedServers, 'find'>;
  readonly policyOf: (server: HostedServer) => NoticePolicy | undefined;
  readonly noticeRooms: Pick<NoticeRoomRepository, 'forget'>;
  readonly writer: RoomWriter;
}

export interface SendNoticeSteps {
  readonly makeRoom: Pick<MakeRoom, 'execute'>;
  readonly admitUser: Pick<AdmitUser, 'execute'>;
  readonly restyleRoom: Pick<RestyleRoom, 'execute'>;
}

/** What a room that vanished under our hands is tried for. */
const ATTEMPTS = 3;

/**
 * Tells a user something in the name of their server (https://spec.matrix.org/v1.19/client-server-api/#server-notices). Repeated under the same
 * name it finds what it did before.
 */
export class SendNotice {
  readonly #ports: SendNoticePorts;
  readonly #steps: SendNoticeSteps;

  constructor(ports: SendNoticePorts, steps: SendNoticeSteps) {
    this.#ports = ports;
    this.#steps = steps;
  }

  /** Throws `RoomUnavailableError` where the room cannot be written to at the moment, and while the user's server is suspended. */
  async execute(notice: NoticeToSend): Promise<NoticeOutcome> {
    const policy = this.#policyFor(notice.userId);
    if ('outcome' in policy) return policy;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const room = await this.#steps.makeRoom.execute(notice.userId, policy);
      if (room === undefined) return refuse(404, 'M_NOT_FOUND', 'User not found');
      const outcome = await this.#sendIn(room, policy, notice);
      if (outcome !== 'gone') return outcome;
      await this.#ports.noticeRooms.forget(notice.userId, room.roomId);
    }
    throw new RoomUnavailableError(`The rooms of ${notice.userId} vanish as they are made`);
  }

  async #sendIn(
    room: NoticeRoom,
    policy: NoticePolicy,
    { noticeId, userId, event }: NoticeToSend,
  ): Promise<NoticeOutcome | 'gone'> {
    const admission = await this.#steps.admitUser.execute(room, policy);
    if (admission.outcome !== 'present') return admission.outcome === 'gone' ? 'gone' : admission;
    await this.#steps.restyleRoom.execute(room, policy);
    const sent = await executeCommand(this.#ports.writer, {
      commandId: commandIdOf('notice', noticeId, userId),
      roomId: room.roomId,
      command: { $case: 'sendEvent', value: { event: protoEvent(policy.sender, event) } },
    });
    if (sent.outcome === 'refused') return isLost(sent) ? 'gone' : sent;
    const [eventId] = sent.eventIds;
    if (eventId === undefined) throw new TypeError('the command stored no event');
    return { outcome: 'sent', eventId };
  }

  #policyFor(userId: string): NoticePolicy | NoticeRefusal {
    const server = this.#ports.servers.find(serverNameOf(userId));
    if (server === undefined) return refuse(400, 'M_UNKNOWN', 'Server notices can only be sent to local users');
    if (server.status !== 'active') throw new RoomUnavailableError(`${server.serverName} is ${server.status}`);
    const policy = this.#ports.policyOf(server);
    if (policy === undefined) return refuse(400, 'M_UNKNOWN', 'Server notices are not enabled on this server');
    if (policy.sender !== userId) return policy;
    return refuse(400, 'M_UNKNOWN', 'This user sends the notices');
  }
}

function refuse(httpStatus: number, errcode: string, error: string): NoticeRefusal {
  return { outcome: 'refused', errcode, httpStatus, error };
}
