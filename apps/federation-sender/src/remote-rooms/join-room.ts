import { serverNameOf } from '@plexus/matrix-base';
import { makeJoin, sendJoin } from '@plexus/remote-servers';
import type { RemoteMembership, RemoteRoomOutcome, RemoteServers, ServerAnswer } from '@plexus/remote-servers';
import { ROOM_VERSIONS } from '@plexus/room-dag';
import type { RoomVersionRules } from '@plexus/room-dag';
import type { HostedServers } from '@plexus/storage';
import { askCandidates } from './ask-candidates.ts';
import type { BuildMembershipPorts } from './build-membership.ts';
import { candidateServers } from './candidate-servers.ts';
import type { CompleteJoins } from './complete-joins.ts';
import { handOverRoom } from './hand-over-room.ts';
import { importEvents } from './import-room.ts';
import type { ImportOutcome, ImportPorts } from './import-room.ts';
import { readJoinAnswer } from './read-join-answer.ts';
import type { JoinedRoom, ReadJoinAnswerPorts } from './read-join-answer.ts';
import { signTemplate } from './sign-template.ts';

export interface JoinRoomPorts extends BuildMembershipPorts, ImportPorts, ReadJoinAnswerPorts {
  readonly servers: RemoteServers;
  readonly hosted: Pick<HostedServers, 'isHosted'>;
  readonly completion: Pick<CompleteJoins, 'expect' | 'begin'>;
}

interface Admission extends JoinedRoom {
  readonly rules: RoomVersionRules;
}

/**
 * Joins a hosted user to a room of other servers (https://spec.matrix.org/v1.19/server-server-api/#joining-rooms).
 *
 *     each candidate: make_join ──► sign ──► send_join ──► verify ──┐ first that succeeds
 *                                                                  ▼
 *                           stage, where it is large ──► the room's owner takes it ──► answer
 *                                                                  └── members omitted: the rest later, see `CompleteJoins`
 */
export class JoinRoom {
  readonly #ports: JoinRoomPorts;

  constructor(ports: JoinRoomPorts) {
    this.#ports = ports;
  }

  async execute(wanted: RemoteMembership): Promise<RemoteRoomOutcome> {
    const candidates = candidateServers(wanted.servers, this.#ports.hosted);
    const admitted = await askCandidates(candidates, (candidate) => this.#joinThrough(candidate, wanted));
    if (admitted.outcome === 'refused') return admitted;
    const { value: admission, server } = admitted;
    const imported = await this.#import(wanted, admission, server);
    if (imported.outcome === 'refused') return imported;
    return { outcome: 'done', eventId: admission.join.eventId };
  }

  async #joinThrough(destination: string, wanted: RemoteMembership): Promise<ServerAnswer<Admission>> {
    const { servers } = this.#ports;
    const { roomId, userId, content } = wanted;
    const pair = { origin: serverNameOf(userId), destination };
    const made = await makeJoin(servers, pair, { roomId, userId, versions: ROOM_VERSIONS });
    const join = signTemplate(made, { roomId, userId, membership: 'join', content }, this.#ports);
    if (join.outcome !== 'ok') return join;
    const { bytes, event, template } = join;
    const sent = await sendJoin(servers, pair, { roomId, eventId: event.eventId, bytes, omitMembers: true });
    if (sent.outcome !== 'ok') return sent;
    const { rules, authorisingUser } = template;
    const room = await readJoinAnswer(this.#ports, sent.value, { roomId, rules, join, authorisingUser });
    return room.outcome === 'ok' ? { outcome: 'ok', value: { ...room, rules } } : room;
  }

  /** @NOTE That members will be missing is written down first: whatever ends this process, somebody fetches them. */
  async #import(
    { roomId, userId }: RemoteMembership,
    { auth, state, join, rules, isPartial, serversInRoom }: Admission,
    origin: string,
  ): Promise<ImportOutcome> {
    const destination = serverNameOf(userId);
    const partial = { roomId, roomVersion: rules.version, destination, joinEventId: join.eventId, server: origin };
    const { completion } = this.#ports;
    if (isPartial) await completion.expect(partial);
    const room = { roomId, roomVersion: rules.version, destination };
    const asked = { origin, partial: isPartial, serversInRoom: isPartial ? [...serversInRoom] : [] };
    const imported =
      (await handOverRoom(this.#ports, room, { auth, state, join }, asked)) ??
      (await importEvents(this.#ports, {
        roomId,
        parts: { auth, state, timeline: [join] },
        command: (importId) => {
          const value = { ...asked, importId, roomVersion: rules.version, destination, events: [] };
          return { $case: 'importRoom', value };
        },
      }));
    if (isPartial) completion.begin();
    return imported;
  }
}
