import { encodeUrlSafeBase64, serverNameOf } from '@plexus/matrix-base';
import { makeLeave, sendLeave } from '@plexus/remote-servers';
import type { RemoteMembership, RemoteRoomOutcome, RemoteServers, ServerAnswer } from '@plexus/remote-servers';
import type { RoomWriter } from '@plexus/rpc';
import type { HostedServers } from '@plexus/storage';
import { askCandidates } from './ask-candidates.ts';
import type { BuildMembershipPorts } from './build-membership.ts';
import { candidateServers } from './candidate-servers.ts';
import { refusalOfReply } from './import-room.ts';
import { signTemplate } from './sign-template.ts';
import type { SignedMembership } from './sign-template.ts';

export interface LeaveRoomPorts extends BuildMembershipPorts {
  readonly servers: RemoteServers;
  readonly hosted: Pick<HostedServers, 'isHosted'>;
  readonly writer: RoomWriter;
}

/**
 * Rejects a hosted user's invite to a room of other servers, or takes their knock back
 * (https://spec.matrix.org/v1.19/server-server-api/#leaving-rooms-rejecting-invites). The user is rid of it in any case: where no other server takes the
 * leave, it is of here alone.
 */
export class LeaveRoom {
  readonly #ports: LeaveRoomPorts;

  constructor(ports: LeaveRoomPorts) {
    this.#ports = ports;
  }

  async execute(wanted: RemoteMembership): Promise<RemoteRoomOutcome> {
    const candidates = candidateServers(wanted.servers, this.#ports.hosted);
    const left = await askCandidates(candidates, (candidate) => this.#leaveThrough(candidate, wanted));
    const { reason } = wanted.content;
    const reply = await this.#ports.writer.execute({
      commandId: `leave ${encodeUrlSafeBase64(this.#ports.random.bytes(18))}`,
      roomId: wanted.roomId,
      command: {
        $case: 'receiveMembership',
        value: {
          userId: wanted.userId,
          strippedState: Buffer.alloc(0),
          reason: typeof reason === 'string' ? reason : '',
          onlyFrom: ['invite', 'knock'],
          ...(left.outcome === 'ok' ? theirs(left.value, left.server) : OURS_ALONE),
        },
      },
    });
    if (reply.$case !== 'stored') return refusalOfReply(reply);
    return { outcome: 'done', eventId: reply.value.eventIds[0] ?? '' };
  }

  async #leaveThrough(destination: string, wanted: RemoteMembership): Promise<ServerAnswer<SignedMembership>> {
    const { servers } = this.#ports;
    const { roomId, userId, content } = wanted;
    const pair = { origin: serverNameOf(userId), destination };
    const made = await makeLeave(servers, pair, { roomId, userId });
    const leave = signTemplate(made, { roomId, userId, membership: 'leave', content }, this.#ports);
    if (leave.outcome !== 'ok') return leave;
    const sent = await sendLeave(servers, pair, { roomId, eventId: leave.event.eventId, bytes: leave.bytes });
    return sent.outcome === 'ok' ? { outcome: 'ok', value: leave } : sent;
  }
}

const OURS_ALONE = { roomVersion: '', json: Buffer.alloc(0), eventId: '', origin: '' };

function theirs({ template, bytes, event }: SignedMembership, origin: string) {
  return { roomVersion: template.rules.version, json: bytes, eventId: event.eventId, origin };
}
