import { setImmediate } from 'node:timers/promises';
import type { Clock, JsonValue } from '@plexus/matrix-base';
import type { KeyRing } from '@plexus/remote-servers';
import type { Drop, RoomVersionRules } from '@plexus/room-dag';
import { findNeededKeys } from './find-needed-keys.ts';
import { identifyPdu } from './identify-pdu.ts';
import type { IdentifiedPdu } from './identify-pdu.ts';
import { VerificationError } from './verification-threads.ts';
import type { VerificationThreads } from './verification-threads.ts';
import { verifyBatch } from './verify-pdu.ts';
import type { VerificationBatch, Verified } from './verify-pdu.ts';

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
 * Checks 1 to 3 on receipt of PDUs (https://spec.matrix.org/v1.19/server-server-api/#checks-performed-on-receipt-of-a-pdu), off the main thread: format,
 * signatures, content hash. What fails the first two is to be dropped; where the hash does not match, the redacted form goes on.
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
    const keys = await findNeededKeys(pdus, this.#ports.keys, this.#ports.clock.now());
    const batches: IdentifiedPdu[][] = [];
    for (let first = 0; first < pdus.length; first += BATCH) batches.push(pdus.slice(first, first + BATCH));
    const verified = await Promise.all(
      batches.map((batch) =>
        this.#verifyBatch({ pdus: batch.map(({ bytes, rules }) => ({ bytes, roomVersion: rules.version })), keys }),
      ),
    );
    return verified.flat().map((outcome, index) => checkedOf(pdus[index], outcome));
  }

  #verifyBatch(batch: VerificationBatch): Promise<readonly Verified[]> | readonly Verified[] {
    return batch.pdus.length <= FEW ? verifyBatch(batch) : this.#ports.threads.verify(batch);
  }
}

function nextOf(checked: Iterator<CheckedPdu>): CheckedPdu {
  const next = checked.next();
  if (next.done === true) throw new VerificationError('fewer PDUs came back than were to be checked');
  return next.value;
}

function checkedOf(pdu: IdentifiedPdu | undefined, verified: Verified): CheckedPdu {
  if (pdu === undefined) throw new VerificationError('more PDUs came back than were to be checked');
  const { eventId, roomId, bytes } = pdu;
  switch (verified.outcome) {
    case 'ok':
      return { outcome: 'ok', eventId, roomId, bytes, contentHash: 'matches' };
    case 'redacted': {
      const contentHash = verified.wasRedactedBefore ? 'redacted' : 'tampered';
      return { outcome: 'ok', eventId, roomId, bytes: Buffer.from(verified.bytes), contentHash };
    }
    case 'unknown-keys': {
      const because = `Failed to find any key to verify the signature by ${verified.servers.join(', ')}`;
      return { outcome: 'drop', rule: 'keys.unavailable', because };
    }
    case 'drop':
      return verified;
  }
}
