import { findRoomVersion } from '@plexus/room-dag';
import type { RoomVersionRules } from '@plexus/room-dag';
import { describe, expect, it } from 'vitest';
import { lockedPowerLevels, upgradePowerLevels } from './upgraded-power-levels.ts';

const ALICE = '@alice:a.test';
const BOB = '@bob:a.test';

function rulesOf(version: string): RoomVersionRules {
  const rules = findRoomVersion(version);
  if (rules === undefined) throw new Error(version);
  return rules;
}

describe('upgradePowerLevels', () => {
  it('lists no creator from version 12 on, and raises what a tombstone takes', () => {
    const content = { users: { [ALICE]: 100, [BOB]: 50 }, events: { 'm.room.name': 50, 'm.room.tombstone': 100 } };
    const levels = { content, from: rulesOf('11'), to: rulesOf('12'), creators: [ALICE], isPrivileged: false };
    expect(upgradePowerLevels(levels)).toEqual({
      first: { users: { [BOB]: 50 }, events: { 'm.room.name': 50, 'm.room.tombstone': 150 } },
      last: undefined,
    });
    expect(upgradePowerLevels({ ...levels, creators: [ALICE, BOB], from: rulesOf('12') }).first).toEqual({
      users: {},
      events: content.events,
    });
  });

  it('keeps the levels of versions before, and lends the creator what they need', () => {
    const content = { users: { [ALICE]: 60 }, state_default: 50, events: { 'm.room.server_acl': 110 } };
    const levels = { content, from: rulesOf('9'), to: rulesOf('10'), creators: [ALICE], isPrivileged: false };
    expect(upgradePowerLevels(levels)).toEqual({ first: { ...content, users: { [ALICE]: 110 } }, last: content });
    const admin = { ...content, users: { [ALICE]: 110 } };
    expect(upgradePowerLevels({ ...levels, content: admin })).toEqual({ first: admin, last: undefined });
  });

  it('gives a creator of version 12 the power of an administrator in an older one', () => {
    const levels = { content: { users: { [BOB]: 50 } }, from: rulesOf('12'), to: rulesOf('11'), creators: [ALICE] };
    expect(upgradePowerLevels({ ...levels, isPrivileged: true })).toEqual({
      first: { users: { [ALICE]: 100, [BOB]: 50 } },
      last: undefined,
    });
  });

  it('makes integers of what older versions let through', () => {
    const content = { users: { [ALICE]: '100', [BOB]: 50.7 }, ban: null, kick: ' 40 ', redact: 'high' };
    const levels = { content, from: rulesOf('5'), to: rulesOf('11'), creators: [ALICE], isPrivileged: false };
    expect(upgradePowerLevels(levels).first).toEqual({ users: { [ALICE]: 100, [BOB]: 50 }, kick: 40 });
  });
});

describe('lockedPowerLevels', () => {
  it('takes at least a moderator to send or invite, and more than everybody has', () => {
    expect(lockedPowerLevels({ ban: 60 })).toEqual({ ban: 60, events_default: 50, invite: 50 });
    expect(lockedPowerLevels({ users_default: 70, events_default: 0, invite: 90 })).toEqual({
      users_default: 70,
      events_default: 71,
      invite: 90,
    });
  });
});
