import { createHash } from 'node:crypto';
import { isEventIdOf } from '@plexus/matrix-base';
import { describe, expect, it } from 'vitest';
import { aBuiltEvent, aPduWith, ALL_VERSIONS, rulesOf } from '../../test-support/signed-pdus.ts';
import { EncodedPdu } from './encoded-pdu.ts';
import { computeReferenceHash, createEventIdFromRoomId, eventIdOf, roomIdFromCreateEventId } from './event-id.ts';
import { redactPdu } from './redact.ts';

describe('the event id', () => {
  it.each(ALL_VERSIONS)('of version %s has its format, and is the same for the redacted copy', (_version, rules) => {
    const { event } = aBuiltEvent(rules);
    expect(isEventIdOf(event.eventId, rules.eventIdFormat)).toBe(true);
    expect(eventIdOf(new EncodedPdu(event.pdu, rules))).toBe(event.eventId);
    expect(eventIdOf(new EncodedPdu(redactPdu(event.pdu, rules), rules))).toBe(event.eventId);
  });

  it.each([
    ['3', 'base64'],
    ['4', 'base64url'],
    ['12', 'base64url'],
  ] as const)('of version %s is the SHA-256 of the redacted event in %s', (version, encoding) => {
    const rules = rulesOf(version);
    const { event } = aBuiltEvent(rules);
    const { signatures: _signatures, ...covered } = redactPdu(event.pdu, rules);
    const sorted = JSON.stringify(Object.fromEntries(Object.entries(covered).sort(([a], [b]) => (a < b ? -1 : 1))));
    const digest = createHash('sha256').update(sorted).digest(encoding).replace('=', '');
    expect(event.eventId).toBe('$' + digest);
  });

  it('does not depend on signatures or unsigned, and does on hashes', () => {
    const rules = rulesOf('10');
    const hash = computeReferenceHash(aPduWith(rules, {}), rules);
    expect(computeReferenceHash(aPduWith(rules, { signatures: {}, unsigned: { age: 1 } }), rules)).toBe(hash);
    expect(computeReferenceHash(aPduWith(rules, { content: { body: 'other' } }), rules)).toBe(hash);
    expect(computeReferenceHash(aPduWith(rules, { hashes: { sha256: 'x' } }), rules)).not.toBe(hash);
  });

  it('is required of events of versions 1 and 2', () => {
    const rules = rulesOf('1');
    expect(() => eventIdOf(new EncodedPdu(aPduWith(rules, { event_id: undefined }), rules))).toThrow(TypeError);
  });

  it('of a create event and the room id name each other', () => {
    const eventId = '$Nhcu5BS-UMnFX7hBVfVSoXiD7OgH6iRT-xyIuqDnpYQ';
    expect(roomIdFromCreateEventId(eventId)).toBe('!Nhcu5BS-UMnFX7hBVfVSoXiD7OgH6iRT-xyIuqDnpYQ');
    expect(createEventIdFromRoomId(roomIdFromCreateEventId(eventId))).toBe(eventId);
  });
});
