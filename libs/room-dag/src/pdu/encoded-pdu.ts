import { encodeCanonicalJson, encodeCanonicalMembers, isJsonObject } from '@plexus/matrix-base';
import type { EncodedMembers } from '@plexus/matrix-base';
import type { RoomVersionRules } from '../room-version/rules.ts';
import type { Pdu } from './pdu.ts';
import { isKeptByRedaction, redactContent } from './redact.ts';

/**
 * An event of which each member is encoded once, so that the texts under the content hash, under the reference hash and signatures, and
 * in storage are put together without encoding again.
 */
export class EncodedPdu {
  readonly pdu: Pdu;
  readonly rules: RoomVersionRules;
  readonly #encoded: EncodedMembers;
  #underSignatures: string | undefined;

  /** Encodes an event; `unsigned` is left out. Throws `CanonicalJsonError` where the room version does not admit the JSON. */
  constructor(pdu: Pdu, rules: RoomVersionRules) {
    this.pdu = pdu;
    this.rules = rules;
    this.#encoded = encodeCanonicalMembers(withoutUnsigned(pdu), rules.strictCanonicalJson ? 'integers' : 'any');
  }

  /** The whole event, signatures included: what is sent to servers and stored. */
  full(): string {
    return this.#join((_key, member) => member);
  }

  /** What the content hash covers (https://spec.matrix.org/v1.19/server-server-api/#calculating-the-content-hash-for-an-event). */
  underContentHash(): string {
    return this.#join((key, member) => (key === 'hashes' || key === 'signatures' ? undefined : member));
  }

  /** The redacted event without signatures: what the reference hash and every signature cover. */
  underSignatures(): string {
    return (this.#underSignatures ??= this.#join((key, member) => this.#redacted(key, member)));
  }

  #redacted(key: string, member: string): string | undefined {
    if (key === 'signatures' || !isKeptByRedaction(key, this.rules)) return undefined;
    return key === 'content' ? this.#redactedContent() : member;
  }

  #redactedContent(): string {
    const content = this.pdu['content'];
    const kept = isJsonObject(content) ? redactContent(this.pdu['type'], content, this.rules) : (content ?? null);
    return '"content":' + encodeCanonicalJson(kept, this.rules.strictCanonicalJson ? 'integers' : 'any');
  }

  /** @NOTE Several texts of each event are put together, of thousands of events one after the other: it makes no lists of their members. */
  #join(choose: (key: string, member: string) => string | undefined): string {
    const { keys, members } = this.#encoded;
    let text = '';
    for (let index = 0; index < keys.length; index++) {
      const chosen = choose(keys[index] as string, members[index] as string);
      if (chosen !== undefined) text = text === '' ? chosen : text + ',' + chosen;
    }
    return '{' + text + '}';
  }
}

/** The event without what nobody signs. */
export function withoutUnsigned(pdu: Pdu): Pdu {
  if (!Object.hasOwn(pdu, 'unsigned')) return pdu;
  const { unsigned: _unsigned, ...rest } = pdu;
  return rest;
}
