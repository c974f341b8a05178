import { describe, expect, it } from 'vitest';
import { aBuiltEvent, ALL_VERSIONS, anEventId, rulesOf } from '../../test-support/signed-pdus.ts';
import { toClientEvent, toClientEventWithoutRoomId } from './client-event.ts';
import { redactEvent } from './redact-event.ts';

describe('toClientEvent', () => {
  it('shows what clients may see, and nothing of the graph', () => {
    const { event } = aBuiltEvent(rulesOf('12'));
    expect(toClientEvent(event)).toEqual({
      event_id: event.eventId,
      room_id: event.roomId,
      type: 'm.room.message',
      sender: '@alice:a.example',
      origin_server_ts: 1_700_000_000_000,
      content: { body: 'Hello', msgtype: 'm.text' },
    });
  });

  it('shows the state key of state events, an empty one too, and what the caller knows', () => {
    const { event } = aBuiltEvent(rulesOf('12'), { stateKey: '' });
    const unsigned = { age: 5, transaction_id: 't' };
    expect(toClientEventWithoutRoomId(event, unsigned)).toMatchObject({ state_key: '', unsigned });
    expect(toClientEventWithoutRoomId(event)).not.toHaveProperty('room_id');
  });

  it.each(ALL_VERSIONS)('in version %s names the redacted event at the top and in content', (_version, rules) => {
    const redacts = anEventId(rules, 'x');
    const { event } = aBuiltEvent(rules, { type: 'm.room.redaction', content: { reason: 'spam' }, redacts });
    const before = JSON.stringify(event.content);
    expect(toClientEvent(event)).toMatchObject({ redacts, content: { reason: 'spam', redacts } });
    expect(JSON.stringify(event.content)).toBe(before);
  });

  it('names nothing for a redacted redaction of an old version', () => {
    const rules = rulesOf('10');
    const { event } = aBuiltEvent(rules, { type: 'm.room.redaction', redacts: anEventId(rules, 'x') });
    expect(toClientEvent(redactEvent(event).event)).toMatchObject({ content: {} });
    expect(toClientEvent(redactEvent(event).event)).not.toHaveProperty('redacts');
  });
});
