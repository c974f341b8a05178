import type { JsonObject } from '@plexus/matrix-base';
import { encodeCanonicalJson } from '@plexus/matrix-base';
import { describe, expect, it } from 'vitest';
import { aBuiltEvent, ALL_VERSIONS, findAnyKey, rulesOf, signerOf } from '../../test-support/signed-pdus.ts';
import { checkReceivedPdu } from './check-received-pdu.ts';
import { computeContentHash } from './content-hash.ts';
import { EncodedPdu } from './encoded-pdu.ts';
import { addSignatures, signEvent, signText } from './sign-event.ts';

/** https://spec.matrix.org/v1.19/appendices/#event-signing */
const SPECIFICATION: { name: string; event: JsonObject; sha256: string; signature: string }[] = [
  {
    name: 'a minimally-sized event',
    event: {
      room_id: '!x:domain',
      sender: '@a:domain',
      origin: 'domain',
      origin_server_ts: 1000000,
      signatures: {},
      hashes: {},
      type: 'X',
      content: {},
      prev_events: [],
      auth_events: [],
      depth: 3,
      unsigned: { age_ts: 1000000 },
    },
    sha256: '5jM4wQpv6lnBo7CLIghJuHdW+s2CMBJPUOGOC89ncos',
    signature: 'KxwGjPSDEtvnFgU00fwFz+l6d2pJM6XBIaMEn81SXPTRl16AqLAYqfIReFGZlHi5KLjAWbOoMszkwsQma+lYAg',
  },
  {
    name: 'an event containing redactable content',
    event: {
      content: { body: 'Here is the message content' },
      event_id: '$0:domain',
      origin: 'domain',
      origin_server_ts: 1000000,
      type: 'm.room.message',
      room_id: '!r:domain',
      sender: '@u:domain',
      signatures: {},
      unsigned: { age_ts: 1000000 },
    },
    sha256: 'onLKD1bGljeBWQhWZ1kaP9SorVmRQNdN5aM2JYU2n/g',
    signature: 'Wm+VzmOUOz08Ds+0NTWb1d4CZrVsJSikkeRxh6aCcUwu6pNC78FunoD7KNWzqFn241eYHYMGCA5McEiVPdhzBA',
  },
];

describe('signing an event', () => {
  it.each(SPECIFICATION)('gives hash and signature of the specification for $name', ({ event, sha256, signature }) => {
    const rules = rulesOf('1');
    expect(computeContentHash(event, rules)).toBe(sha256);
    const hashed = new EncodedPdu({ ...event, hashes: { sha256 } }, rules);
    expect(signText(hashed.underSignatures(), [signerOf('domain')])).toEqual({ domain: { 'ed25519:1': signature } });
  });

  it.each(ALL_VERSIONS)('in version %s adds a signature without changing the id', (_version, rules) => {
    const { event } = aBuiltEvent(rules);
    const signed = signEvent(event, [signerOf('b.example')]);
    expect(signed.bytes.toString()).toBe(encodeCanonicalJson(signed.event.pdu));
    expect(Object.keys(signed.event.pdu['signatures'] as object)).toEqual(['a.example', 'b.example']);
    expect(checkReceivedPdu(JSON.parse(signed.bytes.toString()), rules, findAnyKey)).toMatchObject({
      outcome: 'ok',
      event: { eventId: event.eventId },
      isRedactedCopy: false,
    });
  });

  it('keeps a server’s other signatures and leaves the first event as it was', () => {
    const { event } = aBuiltEvent(rulesOf('11'));
    const before = JSON.stringify(event.pdu);
    const signed = addSignatures(event, { 'a.example': { 'ed25519:policy_server': 's' } });
    expect(Object.keys((signed.event.pdu['signatures'] as { 'a.example': object })['a.example'])).toEqual([
      'ed25519:1',
      'ed25519:policy_server',
    ]);
    expect(JSON.stringify(event.pdu)).toBe(before);
  });
});
