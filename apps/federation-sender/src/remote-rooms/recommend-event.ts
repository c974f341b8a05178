import type { PolicyAsker } from '@plexus/pdu-checks';
import type { RemoteRefusal } from '@plexus/remote-servers';
import { addSignatures, needsPolicySignature, POLICY_KEY_ID, readPolicyServer } from '@plexus/room-dag';
import type { PolicyServer, SignedEvent } from '@plexus/room-dag';
import { readEvent } from '@plexus/room-view';
import type { StateReader } from '@plexus/room-view';
import type { RoomReader, RoomRecord } from '@plexus/storage';
import { refuse } from './refuse.ts';

export interface RecommendEventPorts {
  readonly rooms: Pick<RoomReader, 'findEvents' | 'countJoined'>;
  readonly states: Pick<StateReader, 'lookup'>;
  readonly policy: PolicyAsker;
}

/**
 * Has a room's policy server sign an event that is made here, before other servers see it
 * (https://spec.matrix.org/v1.19/server-server-api/#asking-for-a-policy-server-signature-on-an-event).
 */
export class RecommendEvent {
  readonly #ports: RecommendEventPorts;

  constructor(ports: RecommendEventPorts) {
    this.#ports = ports;
  }

  /** The same event where the room uses no policy server; a refusal in the words of the policy server. */
  async execute(
    room: RoomRecord,
    { event, bytes }: SignedEvent,
    origin: string,
  ): Promise<({ readonly outcome: 'recommended' } & SignedEvent) | RemoteRefusal> {
    const policyServer = needsPolicySignature(event) ? await this.#find(room) : undefined;
    if (policyServer === undefined) return { outcome: 'recommended', event, bytes };
    const answer = await this.#ports.policy.ask({ origin, policyServer, event, bytes });
    if (answer.outcome === 'refused') return refuse(answer.errcode, answer.httpStatus, answer.error);
    if (answer.outcome === 'unavailable') {
      const error = 'The room’s policy server gives no answer, and the room takes nothing that it has not seen';
      return answer.isTemporary ? refuse('M_UNKNOWN', 502, error) : refuse('M_FORBIDDEN', 403, error);
    }
    const signatures = { [policyServer.serverName]: { [POLICY_KEY_ID]: answer.signature } };
    return { outcome: 'recommended', ...addSignatures(event, signatures) };
  }

  async #find(room: RoomRecord): Promise<PolicyServer | undefined> {
    const { rooms, states } = this.#ports;
    const [eventNid] = (await states.lookup(room, room.currentRoot, [{ type: 'm.room.policy', stateKey: '' }])) ?? [];
    if (eventNid === undefined) return undefined;
    const stored = (await rooms.findEvents(room.shard, [eventNid])).get(eventNid);
    const named = stored && readPolicyServer(readEvent(stored, room.roomVersion).content);
    if (named === undefined) return undefined;
    const joined = await rooms.countJoined(room.shard, room.roomNid, [named.serverName]);
    return (joined.get(named.serverName) ?? 0) > 0 ? named : undefined;
  }
}
