import { describe, expect, it } from 'vitest';
import { aBuiltEvent, rulesOf } from '../../test-support/signed-pdus.ts';
import { pruneStrippedState, toStrippedState } from './stripped-state.ts';

const { event } = aBuiltEvent(rulesOf('12'), { type: 'm.room.name', stateKey: '', content: { name: 'Room' } });
const stripped = { type: 'm.room.name', state_key: '', sender: '@alice:a.example', content: { name: 'Room' } };

describe('stripped state', () => {
  it('has four members of the state event', () => {
    expect(toStrippedState(event)).toEqual(stripped);
  });

  it('is not made of a message', () => {
    expect(() => toStrippedState(aBuiltEvent(rulesOf('12')).event)).toThrow(TypeError);
  });

  it('is pruned out of what another server sent, a full event or not', () => {
    expect(pruneStrippedState(event.pdu)).toEqual(stripped);
    expect(pruneStrippedState({ ...stripped, event_id: '$x', unsigned: {} })).toEqual(stripped);
  });

  it.each([
    null,
    [],
    {},
    { ...stripped, type: 1 },
    { ...stripped, state_key: null },
    { ...stripped, sender: 'alice' },
    { ...stripped, content: [] },
  ])('is not %j', (value) => {
    expect(pruneStrippedState(value)).toBeUndefined();
  });
});
