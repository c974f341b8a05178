import { describe, expect, it } from 'vitest';
import { aBuiltEvent, aPduWith, rulesOf } from '../../test-support/signed-pdus.ts';
import { parseRoomEvent } from './parse-room-event.ts';
import { isCreateEvent, roomEventFromPdu } from './room-event-from-pdu.ts';

const rules = rulesOf('11');

describe('roomEventFromPdu', () => {
  it.each(['type', 'sender', 'room_id', 'content', 'depth', 'origin_server_ts', 'prev_events', 'auth_events'])(
    'throws where %s has a wrong type, as no checked event has',
    (key) => {
      expect(() => roomEventFromPdu(aPduWith(rules, { [key]: true }), '$id', rules)).toThrow(TypeError);
    },
  );

  it('knows what a redaction redacts only where the version keeps it', () => {
    const both = { type: 'm.room.redaction', redacts: '$top', content: { redacts: '$inside' } };
    expect(roomEventFromPdu(aPduWith(rulesOf('10'), both), '$id', rulesOf('10')).redacts).toBe('$top');
    expect(roomEventFromPdu(aPduWith(rules, both), '$id', rules).redacts).toBe('$inside');
    expect(
      roomEventFromPdu(aPduWith(rules, { ...both, content: { redacts: 5 } }), '$id', rules).redacts,
    ).toBeUndefined();
    expect(roomEventFromPdu(aPduWith(rules, { ...both, type: 'other' }), '$id', rules).redacts).toBeUndefined();
  });

  it('takes only the event with an empty state key for the create event', () => {
    expect(isCreateEvent({ type: 'm.room.create', state_key: '' })).toBe(true);
    expect(isCreateEvent({ type: 'm.room.create', state_key: 'x' })).toBe(false);
    expect(isCreateEvent({ type: 'm.room.create' })).toBe(false);
    expect(isCreateEvent({ type: 'm.room.member', state_key: '' })).toBe(false);
  });
});

describe('parseRoomEvent', () => {
  it('reads bytes and text alike', () => {
    const { event, bytes } = aBuiltEvent(rules);
    expect(parseRoomEvent(bytes.toString(), event.eventId, rules)).toEqual(parseRoomEvent(bytes, event.eventId, rules));
    expect(parseRoomEvent(new Uint8Array(bytes), event.eventId, rules)).toEqual(event);
  });

  it.each(['1', '12'])('throws in version %s for what is no event', (version) => {
    expect(() => parseRoomEvent('[]', '$id', rulesOf(version))).toThrow(TypeError);
    expect(() => parseRoomEvent('{', '$id', rulesOf(version))).toThrow(/JSON/);
  });
});
