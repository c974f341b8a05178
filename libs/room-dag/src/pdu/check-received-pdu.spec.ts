import { encodeCanonicalJson, ExactNumber, parseJson } from '@plexus/matrix-base';
import type { JsonValue } from '@plexus/matrix-base';
import { describe, expect, it } from 'vitest';
import {
  aBuiltEvent,
  ALL_VERSIONS,
  anEventId,
  aPduWith,
  aProto,
  findAnyKey,
  rulesOf,
  signerOf,
} from '../../test-support/signed-pdus.ts';
import { buildRoomEvent } from './build-room-event.ts';
import { checkReceivedPdu, readReceivedPdu } from './check-received-pdu.ts';
import { parseRoomEvent } from './parse-room-event.ts';
import { redactEvent } from './redact-event.ts';

describe('checkReceivedPdu', () => {
  it.each(ALL_VERSIONS)(
    'in version %s goes on with the redacted form where the content hash does not match',
    (_version, rules) => {
      const { event } = aBuiltEvent(rules);
      const tampered = aPduWith(rules, { content: { body: 'Goodbye' } });
      const received = checkReceivedPdu(tampered, rules, findAnyKey);
      const redacted = redactEvent(event);
      expect(received).toEqual({ outcome: 'ok', event: redacted.event, bytes: redacted.bytes, isRedactedCopy: true });
      expect(redacted.event).toMatchObject({ eventId: event.eventId, content: {} });
    },
  );

  it('accepts a redacted copy as such, and reads it back', () => {
    const rules = rulesOf('12');
    const { event, bytes } = redactEvent(aBuiltEvent(rules).event);
    expect(checkReceivedPdu(event.pdu, rules, findAnyKey)).toEqual({
      outcome: 'ok',
      event,
      bytes,
      isRedactedCopy: true,
    });
    expect(parseRoomEvent(bytes, event.eventId, rules)).toEqual(event);
  });

  it('drops a wrong format before it looks at signatures, and wrong signatures before the hash', () => {
    const rules = rulesOf('12');
    expect(checkReceivedPdu(aPduWith(rules, { depth: -1 }), rules, findAnyKey)).toMatchObject({ rule: 'format.depth' });
    expect(checkReceivedPdu(aPduWith(rules, { depth: 5 }), rules, findAnyKey)).toMatchObject({
      rule: 'signature.sender',
    });
    expect(checkReceivedPdu(aPduWith(rules, {}), rules, () => undefined)).toMatchObject({ outcome: 'unknown-keys' });
  });

  it('keeps the text of numbers up to version 5, in hash, signature and storage', () => {
    const rules = rulesOf('5');
    const content = {
      a: new ExactNumber('1.0'),
      b: [new ExactNumber('9007199254740993'), new ExactNumber('-0'), new ExactNumber('1e3')],
    };
    const { event, bytes } = aBuiltEvent(rules, { content });
    expect(bytes.toString()).toContain('{"a":1.0,"b":[9007199254740993,-0,1e3]}');
    const parsed = parseJson(bytes);
    const received = checkReceivedPdu(parsed.outcome === 'ok' ? parsed.value : null, rules, findAnyKey);
    expect(received).toEqual({ outcome: 'ok', event, bytes, isRedactedCopy: false });
    expect(parseRoomEvent(bytes, event.eventId, rules).content).toEqual(content);
  });

  it('sees another number behind another spelling', () => {
    const rules = rulesOf('5');
    const { bytes } = aBuiltEvent(rules, { content: { a: new ExactNumber('1.0') } });
    const respelled = parseJson(bytes.toString().replace('"a":1.0', '"a":1.00'));
    expect(checkReceivedPdu(respelled.outcome === 'ok' ? respelled.value : null, rules, findAnyKey)).toMatchObject({
      isRedactedCopy: true,
    });
  });

  it('computes one id of an event whatever the order and spacing of its text', () => {
    const rules = rulesOf('12');
    const { event } = aBuiltEvent(rules, {
      content: { body: '\u{1f600}\n', z: 1, a: { '\uff5e': 1, '\u{1f600}': 2 } },
    });
    const text = JSON.stringify(reversed(event.pdu), undefined, 3);
    expect(checkReceivedPdu(JSON.parse(text), rules, findAnyKey)).toMatchObject({
      event: { eventId: event.eventId },
      isRedactedCopy: false,
    });
  });

  it('reads the fields of every kind of event', () => {
    const rules = rulesOf('10');
    const redacts = anEventId(rules, 'x');
    const received = readReceivedPdu(
      aBuiltEvent(rules, { type: 'm.room.redaction', redacts, stateKey: 'k' }).event.pdu,
      rules,
    );
    expect(received).toMatchObject({ event: { redacts, stateKey: 'k', depth: 12, originServerTs: 1_700_000_000_000 } });
  });
});

describe('readReceivedPdu', () => {
  it('does without signatures, not without format and hash', () => {
    const rules = rulesOf('12');
    const built = buildRoomEvent(aProto(rules), rules, [signerOf('elsewhere')]);
    const pdu = built.outcome === 'ok' ? built.event.pdu : {};
    expect(readReceivedPdu(pdu, rules)).toMatchObject({ outcome: 'ok', isRedactedCopy: false });
    expect(readReceivedPdu({ ...pdu, content: {} }, rules)).toMatchObject({ outcome: 'ok', isRedactedCopy: true });
    expect(readReceivedPdu({ ...pdu, content: 1 }, rules)).toMatchObject({ outcome: 'drop' });
  });
});

function reversed(value: JsonValue): JsonValue {
  const json: unknown = JSON.parse(encodeCanonicalJson(value), (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).reverse())
      : member,
  );
  return json as JsonValue;
}
