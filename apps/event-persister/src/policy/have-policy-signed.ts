import type { PolicyAnswer, PolicyAsker } from '@plexus/pdu-checks';
import { addSignatures, isSignedByPolicyServer, POLICY_KEY_ID } from '@plexus/room-dag';
import type { PolicyServer, SignedEvent } from '@plexus/room-dag';
import type { RoomEdit } from '../rooms/room-edit.ts';

/** Who asks the room's policy server, and in whose name. */
export interface PolicyDoor {
  readonly policyServer: PolicyServer;
  readonly asker: PolicyAsker;
  /** A hosted server. */
  readonly origin: string;
}

/** `recommended`: as it is to be stored, with the policy server's signature. `incomplete`: it is being asked, while this room waits. */
export type PolicySigned =
  | { readonly outcome: 'recommended'; readonly signed: SignedEvent }
  | { readonly outcome: 'incomplete' }
  | Exclude<PolicyAnswer, { outcome: 'signed' }>;

/**
 * Has a room's policy server sign an event, unless its valid signature is there already
 * (https://spec.matrix.org/v1.19/server-server-api/#validating-policy-server-signatures). It is asked beside the room's shard: nothing but the room's own
 * later work waits for it.
 *
 * @NOTE The answer belongs to the event's id: an attempt that is repeated has to make the same event.
 */
export function havePolicySigned(
  edit: RoomEdit,
  { event, bytes }: SignedEvent,
  { policyServer, asker, origin }: PolicyDoor,
): PolicySigned {
  if (isSignedByPolicyServer(event, policyServer)) return { outcome: 'recommended', signed: { event, bytes } };
  const { policyAnswers } = edit.sources.loaded;
  const answer = policyAnswers.get(event.eventId);
  if (answer === undefined) {
    edit.missing.tasks.set(`policy ${event.eventId}`, async () => {
      policyAnswers.set(event.eventId, await asker.ask({ origin, policyServer, event, bytes }));
    });
    return { outcome: 'incomplete' };
  }
  if (answer.outcome !== 'signed') return answer;
  const signatures = { [policyServer.serverName]: { [POLICY_KEY_ID]: answer.signature } };
  return { outcome: 'recommended', signed: addSignatures(event, signatures) };
}
