import { setImmediate } from 'node:timers/promises';
import type { Clock, Ed25519Claim, JsonValue } from '@plexus/matrix-base';
import type { KeyRing } from '@plexus/remote-servers';
import { findRequiredSignatures, verifyReceivedPdu } from '@plexus/room-dag';
import type { Drop, FindVerifyKey, RoomVersionRules, VerifiedPdu } from '@plexus/room-dag';
import { findNeededKeys, listNeededKeys } from './find-needed-keys.ts';
import { identifyPdu } from './identify-pdu.ts';
import type { IdentifiedPdu } from './identify-pdu.ts';
import { describeSources, indexKeys } from './known-keys.ts';
import type { KnownKey } from './known-keys.ts';
import { VerificationError } from './verification-threads.ts';
import type { VerificationThreads } from './verification-threads.ts';

/** A PDU that passed checks 1 to 3: `bytes` is what goes on. */
export interface ValidPdu {
  readonly outcome: 'ok';
  readonly eventId: string;
  readonly roomId: string;
  readonly bytes: Buffer;
  /** Where the content hash does not match, `bytes` is the redacted form. `tampered`: more than a redaction happened to the event. */
  readonly contentHash: 'matches' | 'redacted' | 'tampered';
}

/** `rule` names what was wrong: `format.…`, `json.…`, `signature.…`, or `keys.unavailable`. */
export type CheckedPdu = ValidPdu | Drop;

export interface PduCheckerPorts {
  readonly keys: Pick<KeyRing, 'findKeys'>;
  readonly threads: Pick<VerificationThreads, 'verify'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** So many go to a thread at once. */
const BATCH = 64;
/** No more are checked on the main thread: handing them over would take longer. */
const FEW = 2;

/**
 * Checks 1 to 3 on receipt of PDUs (https://spec.matrix.org/v1.19/server-server-api/#checks-performed-on-receipt-of-a-pdu): format,
 * signatures (in threads), content hash. What fails the first two is to be dropped; where the hash does not match, the redacted form goes on.
 */
export class PduChecker {
  readonly #ports: PduCheckerPorts;

  constructor(ports: PduCheckerPorts) {
    this.#ports = ports;
  }

  /** Checks any number of PDUs of one room version, in their order. They were parsed with `parseJson`. */
  async check(values: readonly JsonValue[], rules: RoomVersionRules): Promise<CheckedPdu[]> {
    const checked: CheckedPdu[] = [];
    for (let first = 0; first < values.length; first += BATCH) {
      const identified = values.slice(first, first + BATCH).map((value) => identifyPdu(value, rules));
      const verified = await this.verify(identified.filter((pdu) => pdu.outcome === 'ok'));
      const inOrder = verified[Symbol.iterator]();
      checked.push(...identified.map((pdu) => (pdu.outcome === 'drop' ? pdu : nextOf(inOrder))));
      await setImmediate();
    }
    return checked;
  }

  /** Checks signatures and content hashes of PDUs whose format is valid, in their order. Throws `VerificationError` and what the key ring throws. */
  async verify(pdus: readonly IdentifiedPdu[]): Promise<CheckedPdu[]> {
    if (pdus.length === 0) return [];
    const keys = await findNeededKeys(listNeededKeys(pdus, this.#ports.clock.now()), this.#ports.keys);
    const findKey = indexKeys(keys);
    const checked: CheckedPdu[] = [];
    for (let first = 0; first < pdus.length; first += BATCH)
      checked.push(...(await this.#verifyBatch(pdus.slice(first, first + BATCH), findKey)));
    return checked.map((one, index) => withSources(one, pdus[index], keys));
  }

  /** @NOTE Signatures take nearly all of the time. They count as right until the threads say otherwise; one that is wrong is judged anew. */
  async #verifyBatch(batch: readonly IdentifiedPdu[], findKey: FindVerifyKey): Promise<CheckedPdu[]> {
    if (batch.length <= FEW) return batch.map((pdu) => checkedOf(pdu, verifyReceivedPdu(pdu.format, findKey)));
    const claims: Ed25519Claim[] = [];
    const assumed = batch.map((pdu) => {
      const from = claims.length;
      const received = verifyReceivedPdu(pdu.format, findKey, (claim) => claims.push(claim) > 0);
      return { pdu, received, from, to: claims.length };
    });
    const verified = await this.#ports.threads.verify(claims);
    if (verified.length !== claims.length) throw new VerificationError('not every signature was verified');
    return assumed.map(({ pdu, received, from, to }) => {
      const areRight = verified.slice(from, to).every((isRight) => isRight);
      return checkedOf(pdu, areRight ? received : verifyReceivedPdu(pdu.format, findKey));
    });
  }
}

function nextOf(checked: Iterator<CheckedPdu>): CheckedPdu {
  const next = checked.next();
  if (next.done === true) throw new VerificationError('fewer PDUs came back than were to be checked');
  return next.value;
}

/** Says of a signature that is refused where the keys come from that it was held against. */
function withSources(checked: CheckedPdu, pdu: IdentifiedPdu | undefined, keys: readonly KnownKey[]): CheckedPdu {
  if (pdu === undefined || checked.outcome !== 'drop' || !checked.rule.startsWith('signature.')) return checked;
  const signers = findRequiredSignatures(pdu.pdu, pdu.rules).map(({ serverName }) => serverName);
  const sources = describeSources(keys, signers);
  return sources === '' ? checked : { ...checked, because: `${checked.because} (${sources})` };
}

function checkedOf({ eventId, roomId, bytes }: IdentifiedPdu, received: VerifiedPdu): CheckedPdu {
  switch (received.outcome) {
    case 'ok': {
      if (!received.isRedactedCopy) return { outcome: 'ok', eventId, roomId, bytes, contentHash: 'matches' };
      const contentHash = received.bytes.equals(bytes) ? 'redacted' : 'tampered';
      return { outcome: 'ok', eventId, roomId, bytes: received.bytes, contentHash };
    }
    case 'unknown-keys': {
      const servers = received.needed.map(({ serverName }) => serverName);
      const because = `Failed to find any key to verify the signature by ${servers.join(', ')}`;
      return { outcome: 'drop', rule: 'keys.unavailable', because };
    }
    case 'drop':
      return received;
  }
}
