import { isJsonObject } from '@plexus/matrix-base';
import type { JsonObject, SigningKey } from '@plexus/matrix-base';
import { EncodedPdu } from './encoded-pdu.ts';
import type { RoomEvent } from './pdu.ts';

/** A server that signs an event, with the key that it signs with. */
export interface EventSigner {
  readonly serverName: string;
  readonly key: SigningKey;
}

/** An event and the canonical JSON of it. */
export interface SignedEvent {
  readonly event: RoomEvent;
  readonly bytes: Buffer;
}

/** The `signatures` object that the signers give to a text. */
export function signText(text: string, signers: readonly EventSigner[]): JsonObject {
  const message = Buffer.from(text);
  const signatures: { [serverName: string]: JsonObject } = {};
  for (const { serverName, key } of signers) {
    (signatures[serverName] ??= {})[key.keyId] = key.sign(message);
  }
  return signatures;
}

/**
 * Adds signatures to an event: of further servers of ours, of an invited user's server, of a policy server. The identifier does not
 * change, for no signature is part of it (https://spec.matrix.org/v1.19/server-server-api/#signing-events).
 */
export function addSignatures(event: RoomEvent, signatures: JsonObject): SignedEvent {
  const pdu = { ...event.pdu, signatures: mergeSignatures(event.pdu['signatures'], signatures) };
  return { event: { ...event, pdu }, bytes: Buffer.from(new EncodedPdu(pdu, event.rules).full()) };
}

/** Signs an event that others made or signed already. */
export function signEvent(event: RoomEvent, signers: readonly EventSigner[]): SignedEvent {
  return addSignatures(event, signText(new EncodedPdu(event.pdu, event.rules).underSignatures(), signers));
}

function mergeSignatures(present: unknown, added: JsonObject): JsonObject {
  const merged: JsonObject = isJsonObject(present) ? { ...present } : {};
  for (const [serverName, keys] of Object.entries(added)) {
    const before = merged[serverName];
    merged[serverName] = { ...(isJsonObject(before) ? before : {}), ...(isJsonObject(keys) ? keys : {}) };
  }
  return merged;
}
