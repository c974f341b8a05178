import { needsPolicySignature, readPolicyServer } from '@plexus/room-dag';
import type { PolicyServer, RoomEvent } from '@plexus/room-dag';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { RoomHead } from '../rooms/room-head.ts';
import { shownStateEvent } from '../rooms/shown-state.ts';

/**
 * The policy server that has to recommend an event, by the current state
 * (https://spec.matrix.org/v1.19/server-server-api/#determining-if-a-policy-server-is-enabled-in-a-room): one that has users in the room. Nothing where the
 * room uses none.
 *
 * @NOTE Each event asks this. In a room without a policy server it is one look-up among those that are remembered of the current state.
 */
export function findPolicyServer(
  edit: RoomEdit,
  head: RoomHead,
  event: Pick<RoomEvent, 'type' | 'stateKey'>,
): PolicyServer | undefined {
  const named = shownStateEvent(edit, head.currentRoot, { type: 'm.room.policy', stateKey: '' });
  if (named === undefined || !needsPolicySignature(event)) return undefined;
  const policyServer = readPolicyServer(named.content);
  if (policyServer === undefined || edit.joinedCount(policyServer.serverName) <= 0) return undefined;
  return policyServer;
}
