import type { RandomSource } from '@plexus/matrix-base';
import type { RoomWriter } from '@plexus/rpc';
import { requireUserWithinLimit } from '@plexus/service-shell';
import type { RateLimiter, Requester } from '@plexus/service-shell';
import { newRandomId } from '../accounts/random-ids.ts';
import type { RequireConsent } from '../consent/require-consent.ts';
import type { PartGuests } from '../guests/part-guests.ts';
import type { ChangeMembership } from './change-membership.ts';
import type { CheckCanonicalAlias } from './check-canonical-alias.ts';
import { requireEventType, requireRoomId, requireStateKey } from './check-identifiers.ts';
import type { AclDenial, FindDeniedServers } from './find-denied-servers.ts';
import { encodeContent, NOW, protoEvent } from './proto-event.ts';
import { discardedFor, executeCommand, onlyEventId } from './room-commands.ts';
import { requireContent } from './send-event.ts';
import type { SentContent } from './send-event.ts';

export interface StateToSend {
  readonly roomId: string;
  readonly type: string;
  readonly stateKey: string;
  readonly content: SentContent;
  /** When it was sent; nothing: now. */
  readonly originServerTs?: number | undefined;
}

export interface SendStatePorts {
  readonly writer: RoomWriter;
  readonly limiter: RateLimiter;
  readonly random: RandomSource;
  /** Hears of server ACLs that keep hosted servers out. */
  aclDenies(denial: AclDenial): void;
}

export interface SendStateSteps {
  readonly memberships: Pick<ChangeMembership, 'execute'>;
  readonly partGuests: Pick<PartGuests, 'ofRoom'>;
  readonly checkCanonicalAlias: Pick<CheckCanonicalAlias, 'execute'>;
  readonly findDeniedServers: Pick<FindDeniedServers, 'execute'>;
  readonly requireConsent: Pick<RequireConsent, 'execute'>;
}

/** Sends a state event (https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3roomsroomidstateeventtypestatekey). */
export class SendState {
  readonly #ports: SendStatePorts;
  readonly #memberships: Pick<ChangeMembership, 'execute'>;
  readonly #partGuests: Pick<PartGuests, 'ofRoom'>;
  readonly #checkCanonicalAlias: Pick<CheckCanonicalAlias, 'execute'>;
  readonly #findDeniedServers: Pick<FindDeniedServers, 'execute'>;
  readonly #requireConsent: Pick<RequireConsent, 'execute'>;

  constructor(ports: SendStatePorts, steps: SendStateSteps) {
    this.#ports = ports;
    this.#memberships = steps.memberships;
    this.#partGuests = steps.partGuests;
    this.#checkCanonicalAlias = steps.checkCanonicalAlias;
    this.#findDeniedServers = steps.findDeniedServers;
    this.#requireConsent = steps.requireConsent;
  }

  /** Returns the event id. */
  async execute(requester: Requester, state: StateToSend): Promise<string> {
    const { roomId, type, stateKey, content, originServerTs = NOW } = state;
    requireRoomId(roomId);
    requireEventType(type);
    requireStateKey(stateKey);
    const parsed = requireContent(content);
    if (type === 'm.room.member') {
      return this.#memberships.execute(requester, roomId, {
        action: 'set',
        target: stateKey,
        content: parsed,
        originServerTs,
      });
    }
    await this.#requireConsent.execute(requester);
    const { limiter, writer, random } = this.#ports;
    await requireUserWithinLimit(limiter, requester, 'message');
    if (type === 'm.room.canonical_alias')
      await this.#checkCanonicalAlias.execute(requester.serverName, roomId, parsed);
    const isAcl = type === 'm.room.server_acl' && stateKey === '';
    const denied = isAcl ? await this.#findDeniedServers.execute(roomId, parsed) : [];
    const event = protoEvent({
      type,
      stateKey,
      sender: requester.userId,
      senderDeviceId: requester.deviceId,
      originServerTs,
      content: content.bytes ?? encodeContent(parsed),
    });
    const request = { commandId: newRandomId(random), roomId, ...discardedFor(requester) };
    const stored = await executeCommand(writer, { ...request, command: { $case: 'sendEvent', value: { event } } });
    if (type === 'm.room.guest_access') await this.#partGuests.ofRoom(roomId);
    const eventId = onlyEventId(stored);
    if (denied.length > 0) this.#ports.aclDenies({ roomId, sender: requester.userId, eventId, servers: denied });
    return eventId;
  }
}
