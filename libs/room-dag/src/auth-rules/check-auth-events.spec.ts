import { describe, expect, it } from 'vitest';
import type { RoomShape } from '../../test-support/auth-cases.ts';
import { ALICE, BOB, stateEventsOf } from '../../test-support/auth-cases.ts';
import type { EventShape } from '../../test-support/build-event.ts';
import { buildEvent, CREATE_ID } from '../../test-support/build-event.ts';
import type { RoomEvent } from '../pdu/pdu.ts';
import { ROOM_VERSIONS } from '../room-version/versions.ts';
import { authEventsStateOf, checkAuthEvents } from './check-auth-events.ts';
import { checkAuth } from './check-auth.ts';

const LEVELS = '$m.room.power_levels';
const MEMBER = '$member-bob:a.example';
const old: RoomVersions = (version) => version !== '12';
type RoomVersions = (version: string) => boolean;

interface Setting {
  readonly room?: RoomShape;
  readonly stored?: readonly EventShape[];
  readonly rejected?: readonly string[];
  readonly without?: readonly string[];
  readonly event?: Partial<EventShape>;
}

function check(version: string, cited: readonly string[], setting: Setting = {}) {
  const shapes = (setting.stored ?? []).map((shape) => buildEvent(version, shape));
  const known = [...stateEventsOf(version, setting.room), ...shapes].filter(
    ({ eventId }) => setting.without?.includes(eventId) !== true,
  );
  const events = {
    find: (eventId: string): RoomEvent | undefined => known.find((event) => event.eventId === eventId),
    isRejected: (eventId: string) => setting.rejected?.includes(eventId) === true,
  };
  const authEvents = old(version) ? [CREATE_ID, ...cited] : cited;
  const event = buildEvent(version, { type: 'm.room.message', sender: BOB, authEvents, ...setting.event });
  return { outcome: checkAuthEvents(event, events), event, events };
}

const verdict = (version: string, cited: readonly string[], setting?: Setting) => {
  const { outcome } = check(version, cited, setting);
  return outcome.outcome === 'reject' ? outcome.rule : outcome;
};

describe.each(ROOM_VERSIONS)('checkAuthEvents (version %s)', (version) => {
  it('allows the selection', () => {
    expect(verdict(version, [LEVELS, MEMBER])).toEqual({ outcome: 'allow' });
  });

  it('allows less than the selection', () => {
    expect(verdict(version, [])).toEqual({ outcome: 'allow' });
  });

  it('allows a create event without looking', () => {
    const event = { type: 'm.room.create', stateKey: '', authEvents: ['$unknown'] };
    expect(verdict(version, [], { event })).toEqual({ outcome: 'allow' });
  });

  it('3.1 rejects two events with one key', () => {
    const second = { eventId: '$second', type: 'm.room.power_levels', sender: ALICE, stateKey: '' };
    expect(verdict(version, [LEVELS, MEMBER, '$second'], { stored: [second] })).toBe('auth_events.duplicate');
  });

  it('3.1 rejects one event cited twice', () => {
    expect(verdict(version, [LEVELS, LEVELS])).toBe('auth_events.duplicate');
  });

  it('3.2 rejects a key that the selection does not name', () => {
    expect(verdict(version, [LEVELS, '$m.room.join_rules'])).toBe('auth_events.unexpected');
  });

  it('3.2 rejects a message', () => {
    const stored = [{ eventId: '$message', type: 'm.room.power_levels', sender: ALICE }];
    expect(verdict(version, ['$message'], { stored })).toBe('auth_events.unexpected');
  });

  it('3.3 rejects a rejected auth event', () => {
    expect(verdict(version, [LEVELS, MEMBER], { rejected: [MEMBER] })).toBe('auth_events.rejected');
  });

  it('3.5 rejects an auth event of another room', () => {
    const foreign = {
      eventId: '$foreign',
      roomId: '!other:a.example',
      type: 'm.room.member',
      sender: BOB,
      stateKey: BOB,
    };
    expect(verdict(version, ['$foreign'], { stored: [foreign] })).toBe('auth_events.other_room');
  });

  it('cannot decide while an auth event is missing', () => {
    expect(verdict(version, [LEVELS, '$unknown', '$unknown'])).toEqual({ outcome: 'missing', eventIds: ['$unknown'] });
  });

  it('rejects for what is known, whatever is missing', () => {
    expect(verdict(version, ['$unknown', MEMBER], { rejected: [MEMBER] })).toBe('auth_events.rejected');
  });

  it('cannot decide while the create event is missing', () => {
    expect(verdict(version, [LEVELS], { without: [CREATE_ID] })).toEqual({ outcome: 'missing', eventIds: [CREATE_ID] });
  });

  it('forms the state of the auth events, with the create event', () => {
    const { event, events } = check(version, [LEVELS, MEMBER]);
    const state = authEventsStateOf(event, events);
    expect(state.find('m.room.create', '')?.eventId).toBe(CREATE_ID);
    expect(state.find('m.room.member', BOB)?.eventId).toBe(MEMBER);
    expect(state.find('m.room.join_rules', '')).toBeUndefined();
    expect(checkAuth(event, state)).toEqual({ outcome: 'allow' });
  });
});

describe('checkAuthEvents', () => {
  it.each(ROOM_VERSIONS.filter(old))('2.4 rejects auth events without create event (version %s)', (version) => {
    expect(verdict(version, [], { event: { authEvents: [LEVELS, MEMBER] } })).toBe('auth_events.no_create');
  });

  it('3.2 rejects a cited create event from version 12 on', () => {
    expect(verdict('12', [CREATE_ID, LEVELS])).toBe('auth_events.unexpected');
  });

  it('2 rejects a room id that names another event than a create event', () => {
    const stored = [{ eventId: '$topic', roomId: '!topic', type: 'm.room.topic', sender: BOB, stateKey: '' }];
    expect(verdict('12', [], { stored, event: { roomId: '!topic' } })).toBe('room_id.not_a_create_event');
  });

  it('2 rejects a room id that names a rejected create event', () => {
    expect(verdict('12', [], { rejected: [CREATE_ID] })).toBe('room_id.not_a_create_event');
  });
});
