import { encodeUrlSafeBase64, serverNameOf } from '@plexus/matrix-base';
import { makeLeave, sendLeave } from '@plexus/remote-servers';
import type { RemoteMembership, RemoteRoomOutcome, RemoteServers, ServerAnswer } from '@plexus/remote-servers';
import type { BuiltRoomEvent, RoomVersion } from '@plexus/room-dag';
import type { RoomWriter } from '@plexus/rpc';
import type { HostedServers } from '@plexus/storage';
import { askCandidates } from './ask-candidates.ts';
import { buildMembership } from './build-membership.ts';
import type { BuildMembershipPorts } from './build-membership.ts';
import { candidateServers } from './candidate-servers.ts';
import { refusalOfReply } from './import-room.ts';
import { readTemplate } from './membership-template.ts';

export interface LeaveRoomPorts extends BuildMembershipPorts {
  readonly servers: RemoteServers;
  readonly hosted: Pick<HostedServers, 'isHosted'>;
  readonly writer: RoomWriter;
}

interface Leave extends BuiltRoomEvent {
  readonly version: RoomVersion;
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

  async #leaveThrough(destination: string, wanted: RemoteMembership): Promise<ServerAnswer<Leave>> {
    const { servers } = this.#ports;
    const { roomId, userId } = wanted;
    const pair = { origin: serverNameOf(userId), destination };
    const made = await makeLeave(servers, pair, { roomId, userId });
    if (made.outcome !== 'ok') return made;
    const asked = { roomId, userId, membership: 'leave' } as const;
    const template = readTemplate(made.value, asked);
    if (template.outcome !== 'ok') return template;
    const leave = buildMembership(template, { ...asked, content: wanted.content }, this.#ports);
    if (leave.outcome !== 'ok') return leave;
    const sent = await sendLeave(servers, pair, { roomId, eventId: leave.event.eventId, bytes: leave.bytes });
    if (sent.outcome !== 'ok') return sent;
    return { outcome: 'ok', value: { ...leave, version: template.rules.version } };
  }
}

const OURS_ALONE = { roomVersion: '', json: Buffer.alloc(0), eventId: '', origin: '' };

function theirs({ version, bytes, event }: Leave, origin: string) {
  return { roomVersion: version, json: bytes, eventId: event.eventId, origin };
}
