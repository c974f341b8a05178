import { compareByCodePoint, encodeCanonicalJson, encodeCanonicalString, isJsonObject } from '@plexus/matrix-base';
import type { RoomVersionRules } from '../room-version/rules.ts';
import type { Pdu } from './pdu.ts';
import { isKeptByRedaction, redactContent } from './redact.ts';

/** One member of an event: its key and its canonical JSON, `"key":value`. */
interface EncodedMember {
  readonly key: string;
  readonly json: string;
}

/**
 * An event of which each member is encoded once, so that the texts under the content hash, under the reference hash and signatures, and
 * in storage are put together without encoding again.
 */
export class EncodedPdu {
  readonly pdu: Pdu;
  readonly rules: RoomVersionRules;
  readonly #members: readonly EncodedMember[];
  #underSignatures: string | undefined;

  /** Encodes an event; `unsigned` is left out. Throws `CanonicalJsonError` where the room version does not admit the JSON. */
  constructor(pdu: Pdu, rules: RoomVersionRules) {
    this.pdu = pdu;
    this.rules = rules;
    const numbers = rules.strictCanonicalJson ? 'integers' : 'any';
    this.#members = Object.entries(pdu)
      .filter(([key]) => key !== 'unsigned')
      .sort(([a], [b]) => compareByCodePoint(a, b))
      .map(([key, value]) => ({ key, json: encodeCanonicalString(key) + ':' + encodeCanonicalJson(value, numbers) }));
  }

  /** The whole event, signatures included: what is sent to servers and stored. */
  full(): string {
    return join(this.#members.map((member) => member.json));
  }

  /** What the content hash covers (https://spec.matrix.org/v1.19/server-server-api/#calculating-the-content-hash-for-an-event). */
  underContentHash(): string {
    return join(this.#members.filter(({ key }) => key !== 'hashes' && key !== 'signatures').map(({ json }) => json));
  }

  /** The redacted event without signatures: what the reference hash and every signature cover. */
  underSignatures(): string {
    return (this.#underSignatures ??= this.#joinRedacted());
  }

  #joinRedacted(): string {
    const kept = this.#members.filter(({ key }) => key !== 'signatures' && isKeptByRedaction(key, this.rules));
    return join(kept.map((member) => (member.key === 'content' ? this.#redactedContent() : member.json)));
  }

  #redactedContent(): string {
    const content = this.pdu['content'];
    const kept = isJsonObject(content) ? redactContent(this.pdu['type'], content, this.rules) : (content ?? null);
    return '"content":' + encodeCanonicalJson(kept, this.rules.strictCanonicalJson ? 'integers' : 'any');
  }
}

function join(members: readonly string[]): string {
  return '{' + members.join(',') + '}';
}
