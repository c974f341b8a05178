import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import { ExactNumber } from '@plexus/matrix-base';
import { describe, expect, it } from 'vitest';
import type { RoomShape } from '../../test-support/auth-cases.ts';
import { ALICE, BOB, CAROL, DAVE, stateEventsOf } from '../../test-support/auth-cases.ts';
import { rulesOf } from '../../test-support/build-event.ts';
import { ROOM_VERSIONS } from '../room-version/versions.ts';
import { authStateOf } from './auth-state.ts';
import {
  powerLevelOf,
  readLevel,
  requiredActionLevel,
  requiredNotificationLevel,
  requiredPowerLevel,
} from './power-levels.ts';

const stateOf = (version: string, room: RoomShape) => authStateOf(stateEventsOf(version, room));
const withLevels = (version: string, powerLevels: JsonObject | null) => stateOf(version, { powerLevels });

describe('powerLevelOf', () => {
  it.each(ROOM_VERSIONS)('knows the creator of a room without power levels (version %s)', (version) => {
    const state = withLevels(version, null);
    expect(powerLevelOf(ALICE, state)).toBe(version === '12' ? Infinity : 100);
    expect(powerLevelOf(BOB, state)).toBe(0);
  });

  it('takes the creator of versions 1 to 10 from content.creator', () => {
    expect(powerLevelOf(BOB, stateOf('10', { powerLevels: null, create: { creator: BOB } }))).toBe(100);
    expect(powerLevelOf(BOB, stateOf('11', { powerLevels: null, create: { creator: BOB } }))).toBe(0);
  });

  it('gives creators infinite power from version 12 on, whatever the power levels', () => {
    const room = { powerLevels: { users_default: 5 }, create: { additional_creators: [CAROL] } };
    expect([ALICE, BOB, CAROL].map((userId) => powerLevelOf(userId, stateOf('12', room)))).toEqual([
      Infinity,
      5,
      Infinity,
    ]);
    expect([ALICE, BOB, CAROL].map((userId) => powerLevelOf(userId, stateOf('11', room)))).toEqual([5, 5, 5]);
  });

  it('reads users, then users_default, then 0', () => {
    const state = withLevels('6', { users: { [BOB]: 7 }, users_default: 3 });
    expect(powerLevelOf(BOB, state)).toBe(7);
    expect(powerLevelOf(DAVE, state)).toBe(3);
    expect(powerLevelOf(DAVE, withLevels('6', {}))).toBe(0);
  });

  it('finds no level under names that every object inherits', () => {
    expect(powerLevelOf('constructor', withLevels('6', { users: {} }))).toBe(0);
  });

  it('takes null for absent and everything unreadable for NaN up to version 9', () => {
    expect(powerLevelOf(BOB, withLevels('9', { users: { [BOB]: null }, users_default: 4 }))).toBe(4);
    expect(powerLevelOf(BOB, withLevels('9', { users_default: 'high' }))).toBeNaN();
    expect(powerLevelOf(BOB, withLevels('9', { users: [] }))).toBeNaN();
  });

  it('is 0 in a state without create event', () => {
    expect(powerLevelOf(ALICE, stateOf('6', { create: null, powerLevels: null }))).toBe(0);
  });
});

describe('required levels', () => {
  it('default to 50 for ban, kick and redact, 0 for invite', () => {
    for (const state of [withLevels('6', null), withLevels('6', {})]) {
      expect(
        (['ban', 'kick', 'redact', 'invite'] as const).map((action) => requiredActionLevel(action, state)),
      ).toEqual([50, 50, 50, 0]);
    }
  });

  it('are those of the power levels', () => {
    expect(requiredActionLevel('invite', withLevels('6', { invite: ' 20 ' }))).toBe(20);
  });

  it('default to 50 for state and 0 for messages', () => {
    for (const state of [withLevels('6', null), withLevels('6', {})]) {
      expect(requiredPowerLevel(state, 'm.room.topic', true)).toBe(50);
      expect(requiredPowerLevel(state, 'm.room.message', false)).toBe(0);
    }
  });

  it('take events before the defaults', () => {
    const state = withLevels('6', { events: { 'm.room.topic': 1 }, state_default: 2, events_default: 3 });
    expect(requiredPowerLevel(state, 'm.room.topic', true)).toBe(1);
    expect(requiredPowerLevel(state, 'm.room.name', true)).toBe(2);
    expect(requiredPowerLevel(state, 'm.room.message', false)).toBe(3);
    expect(requiredPowerLevel(state, 'toString', false)).toBe(3);
  });

  it('default to 50 for notifications', () => {
    expect(requiredNotificationLevel(withLevels('6', null), 'room')).toBe(50);
    expect(requiredNotificationLevel(withLevels('6', { notifications: { room: 1 } }), 'room')).toBe(1);
  });
});

describe('readLevel', () => {
  const readings: [JsonValue, Record<'5' | '9' | '12', number>][] = [
    [50, { 5: 50, 9: 50, 12: 50 }],
    [-50, { 5: -50, 9: -50, 12: -50 }],
    ['100', { 5: 100, 9: 100, 12: NaN }],
    ['000100', { 5: 100, 9: 100, 12: NaN }],
    [' -100 ', { 5: -100, 9: -100, 12: NaN }],
    ['+100', { 5: 100, 9: 100, 12: NaN }],
    ['\u00a0100\u2003', { 5: 100, 9: 100, 12: NaN }],
    ['1.0', { 5: NaN, 9: NaN, 12: NaN }],
    ['9'.repeat(400), { 5: NaN, 9: NaN, 12: NaN }],
    [50.57, { 5: 50, 9: NaN, 12: NaN }],
    [-50.57, { 5: -50, 9: NaN, 12: NaN }],
    [new ExactNumber('5.114698E4'), { 5: 51_146, 9: NaN, 12: NaN }],
    [new ExactNumber('1e400'), { 5: NaN, 9: NaN, 12: NaN }],
    [true, { 5: NaN, 9: NaN, 12: NaN }],
    [null, { 5: NaN, 9: NaN, 12: NaN }],
  ];

  it.each(readings)('reads %j', (value, expected) => {
    for (const version of ['5', '9', '12'] as const) expect(readLevel(value, rulesOf(version))).toBe(expected[version]);
  });
});
