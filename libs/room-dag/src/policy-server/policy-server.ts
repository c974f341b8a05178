import { isJsonObject, isServerName, verifyEd25519 } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { EncodedPdu } from '../pdu/encoded-pdu.ts';
import type { RoomEvent } from '../pdu/pdu.ts';

/** Of every policy server's Ed25519 key (https://spec.matrix.org/v1.19/server-server-api/#validating-policy-server-signatures). */
export const POLICY_KEY_ID = 'ed25519:policy_server';

/** The server that a room has chosen to recommend events, and the key by which it does. */
export interface PolicyServer {
  readonly serverName: string;
  /** Base64; whether it is a key at all shows when it is used. */
  readonly publicKey: string;
}

/**
 * Reads the content of a room's `m.room.policy` with an empty state key; nothing where the room names no policy server by it
 * (https://spec.matrix.org/v1.19/server-server-api/#determining-if-a-policy-server-is-enabled-in-a-room). Whether that server has a user joined to
 * the room is for the caller to find out: without one the room uses no policy server either.
 */
export function readPolicyServer(content: JsonObject | undefined): PolicyServer | undefined {
  const { via, public_keys: keys } = content ?? {};
  if (!isServerName(via) || !isJsonObject(keys) || !Object.hasOwn(keys, 'ed25519')) return undefined;
  const publicKey = keys['ed25519'];
  return typeof publicKey === 'string' ? { serverName: via, publicKey: asBase64(publicKey) } : undefined;
}

/** @NOTE The specification asks for Base64, and shows a key in the alphabet for URLs: both are taken. */
function asBase64(publicKey: string): string {
  return publicKey.replaceAll('-', '+').replaceAll('_', '/');
}

/** Whether a room's policy server is asked about an event: about every one but that by which the room names it. */
export function needsPolicySignature({ type, stateKey }: Pick<RoomEvent, 'type' | 'stateKey'>): boolean {
  return type !== 'm.room.policy' || stateKey !== '';
}

/** Whether the event carries the valid signature of the policy server. What else signed it does not count. */
export function isSignedByPolicyServer({ pdu, rules }: RoomEvent, policyServer: PolicyServer): boolean {
  const signature = findPolicySignature(pdu['signatures'], policyServer.serverName);
  if (signature === undefined) return false;
  const message = new EncodedPdu(pdu, rules).underSignatures();
  return verifyEd25519({ message, publicKey: policyServer.publicKey, signature });
}

/** A policy server's signature in an object of signatures by server name and key id: an event's, or the server's answer. */
export function findPolicySignature(signatures: unknown, serverName: string): string | undefined {
  if (!isJsonObject(signatures) || !Object.hasOwn(signatures, serverName)) return undefined;
  const ofServer = signatures[serverName];
  if (!isJsonObject(ofServer) || !Object.hasOwn(ofServer, POLICY_KEY_ID)) return undefined;
  const signature = ofServer[POLICY_KEY_ID];
  return typeof signature === 'string' ? signature : undefined;
}
