import { serverNameOf } from '@plexus/matrix-base';
import type { JsonValue } from '@plexus/matrix-base';
import { makeKnock, sendKnock } from '@plexus/remote-servers';
import type { RemoteMembership, RemoteRoomOutcome, RemoteServers, ServerAnswer } from '@plexus/remote-servers';
import { findRoomVersion, pruneStrippedState, ROOM_VERSIONS } from '@plexus/room-dag';
import type { RoomWriter } from '@plexus/rpc';
import type { HostedServers } from '@plexus/storage';
import { askCandidates } from './ask-candidates.ts';
import type { BuildMembershipPorts } from './build-membership.ts';
import { candidateServers } from './candidate-servers.ts';
import { refusalOfReply } from './import-room.ts';
import { signTemplate } from './sign-template.ts';
import type { SignedMembership } from './sign-template.ts';

export interface KnockRoomPorts extends BuildMembershipPorts {
  readonly servers: RemoteServers;
  readonly hosted: Pick<HostedServers, 'isHosted'>;
  readonly writer: RoomWriter;
}

interface Knock extends SignedMembership {
  readonly roomState: readonly JsonValue[];
}

/** Knocks in a hosted user's name on a room of other servers (https://spec.matrix.org/v1.19/server-server-api/#knocking-rooms). */
export class KnockRoom {
  readonly #ports: KnockRoomPorts;

  constructor(ports: KnockRoomPorts) {
    this.#ports = ports;
  }

  async execute(wanted: RemoteMembership): Promise<RemoteRoomOutcome> {
    const candidates = candidateServers(wanted.servers, this.#ports.hosted);
    const knocked = await askCandidates(candidates, (candidate) => this.#knockThrough(candidate, wanted));
    if (knocked.outcome === 'refused') return knocked;
    const { event, bytes, template, roomState } = knocked.value;
    const stripped = roomState.map(pruneStrippedState).filter((entry) => entry !== undefined);
    const reply = await this.#ports.writer.execute({
      commandId: `knock ${event.eventId}`,
      roomId: wanted.roomId,
      command: {
        $case: 'receiveMembership',
        value: {
          roomVersion: template.rules.version,
          userId: wanted.userId,
          json: bytes,
          eventId: event.eventId,
          strippedState: Buffer.from(JSON.stringify(stripped)),
          origin: knocked.server,
          reason: '',
          onlyFrom: [],
        },
      },
    });
    return reply.$case === 'stored' ? { outcome: 'done', eventId: event.eventId } : refusalOfReply(reply);
  }

  async #knockThrough(destination: string, wanted: RemoteMembership): Promise<ServerAnswer<Knock>> {
    const { servers } = this.#ports;
    const { roomId, userId, content } = wanted;
    const pair = { origin: serverNameOf(userId), destination };
    const made = await makeKnock(servers, pair, { roomId, userId, versions: WITH_KNOCKING });
    const knock = signTemplate(made, { roomId, userId, membership: 'knock', content }, this.#ports);
    if (knock.outcome !== 'ok') return knock;
    const sent = await sendKnock(servers, pair, { roomId, eventId: knock.event.eventId, bytes: knock.bytes });
    if (sent.outcome !== 'ok') return sent;
    return { outcome: 'ok', value: { ...knock, roomState: sent.value.knock_room_state } };
  }
}

const WITH_KNOCKING = ROOM_VERSIONS.filter((version) => findRoomVersion(version)?.knocking === true);
