import type { JsonObject } from '@plexus/matrix-base';
import { ExactNumber } from '@plexus/matrix-base';
import { describe, expect, it } from 'vitest';
import type { AuthCase, Verdict } from '../../test-support/auth-cases.ts';
import { ALICE, BOB, CAROL, DAVE, rowsOf, verdictOf } from '../../test-support/auth-cases.ts';

const LEVELS = ['users_default', 'events_default', 'state_default', 'ban', 'redact', 'kick', 'invite'];

/** Bob (50) replaces power levels in which Alice has 100 and everybody may send power levels. */
function change(story: string, before: JsonObject | null, after: JsonObject, verdict: AuthCase['verdict']): AuthCase {
  const base = { events: { 'm.room.power_levels': 0 }, users: { [BOB]: 50, [DAVE]: 100 } };
  return {
    story,
    room: { powerLevels: before && merge(base, before) },
    event: { type: 'm.room.power_levels', sender: BOB, stateKey: '', content: merge(base, after) },
    verdict,
  };
}

function merge(base: JsonObject, more: JsonObject): JsonObject {
  const merged: JsonObject = { ...base };
  for (const [key, value] of Object.entries(more)) {
    merged[key] = isPlain(value) && isPlain(base[key]) ? { ...base[key], ...value } : value;
  }
  return merged;
}

function isPlain(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);
}

/** Alice's first power levels, in a room that has none yet. */
function first(story: string, content: JsonObject, verdict: AuthCase['verdict']): AuthCase {
  return {
    story,
    room: { powerLevels: null },
    event: { type: 'm.room.power_levels', sender: ALICE, stateKey: '', content },
    verdict,
  };
}

const integersOnly = (verdict: Verdict): Record<string, Verdict> => ({ '1-9': 'allow', '10-12': verdict });
const withNotifications = (verdict: Verdict): Record<string, Verdict> => ({ '1-5': 'allow', '6-12': verdict });

const rows = rowsOf([
  // 10.1 to 10.5: a first event is checked for its form only
  first('10.5 allows the first power levels', { users: { [BOB]: 100 }, ban: 5, events: { x: 1 } }, 'allow'),
  first('10.5 allows an empty event', {}, 'allow'),
  ...LEVELS.flatMap((key) => [
    first(`10.1 rejects ${key} as a string`, { [key]: '50' }, integersOnly('power_levels.levels')),
    first(`10.1 rejects ${key} as null`, { [key]: null }, integersOnly('power_levels.levels')),
    first(`10.1 rejects ${key} as a fraction`, { [key]: 0.5 }, integersOnly('power_levels.levels')),
  ]),
  ...['events', 'notifications'].flatMap((key) => [
    first(`10.2 rejects ${key} that is no object`, { [key]: [] }, integersOnly('power_levels.events')),
    first(`10.2 rejects ${key} with a string`, { [key]: { x: '1' } }, integersOnly('power_levels.events')),
    first(`10.2 rejects ${key} with a boolean`, { [key]: { x: true } }, integersOnly('power_levels.events')),
  ]),
  ...[null, [], 'x', 5].map((users) =>
    first(`10.3 rejects users ${JSON.stringify(users)}`, { users }, 'power_levels.users'),
  ),
  ...['bob', '@bob', '@bob:', '@bob:not a server', ''].map((userId) =>
    first(`10.3 rejects the user id '${userId}'`, { users: { [userId]: 0 } }, 'power_levels.users'),
  ),
  ...[null, true, [], {}, 'x', '', ' ', '1.5', '1e3', '0x10', '+-1', '1 2'].map((level) =>
    first(`10.3 rejects the level ${JSON.stringify(level)}`, { users: { [BOB]: level } }, 'power_levels.users'),
  ),
  ...['50', '050', '+50', '-50', ' 50 ', '\t-0050\n'].map((level) =>
    first(
      `10.3 reads the level ${JSON.stringify(level)} up to version 9`,
      { users: { [BOB]: level } },
      {
        '1-9': 'allow',
        '10-12': 'power_levels.users',
      },
    ),
  ),
  ...[50.57, new ExactNumber('5.114698E4'), new ExactNumber('9007199254740993')].map((level) =>
    first(
      `10.3 reads the level ${JSON.stringify(level)} up to version 5`,
      { users: { [BOB]: level } },
      {
        '1-5': 'allow',
        '6-9': level instanceof ExactNumber && Number.isInteger(level.toNumber()) ? 'allow' : 'power_levels.users',
        '10-12': level instanceof ExactNumber && Number.isInteger(level.toNumber()) ? 'allow' : 'power_levels.users',
      },
    ),
  ),
  first(
    '10.3 rejects a level beyond all doubles',
    { users: { [BOB]: new ExactNumber('1e999') } },
    'power_levels.users',
  ),
  first(
    '10.4 rejects levels for the creator',
    { users: { [ALICE]: 100 } },
    {
      '1-11': 'allow',
      '12': 'power_levels.creators',
    },
  ),
  {
    ...first(
      '10.4 rejects levels for an additional creator',
      { users: { [CAROL]: 1 } },
      {
        '1-11': 'allow',
        '12': 'power_levels.creators',
      },
    ),
    room: { powerLevels: null, create: { additional_creators: [CAROL] } },
  },

  // 10.6
  change('10.11 allows a change of nothing', {}, {}, 'allow'),
  ...LEVELS.flatMap((key) => [
    change(`10.6 allows adding ${key} up to the own level`, {}, { [key]: 50 }, 'allow'),
    change(`10.6.2 rejects adding ${key} above the own level`, {}, { [key]: 51 }, 'power_levels.new_level'),
    change(`10.6.2 rejects raising ${key} above the own level`, { [key]: 0 }, { [key]: 51 }, 'power_levels.new_level'),
  ]),
  ...LEVELS.filter((key) => key !== 'state_default' && key !== 'users_default').flatMap((key) => [
    change(`10.6.1 rejects lowering ${key} from above`, { [key]: 51 }, { [key]: 0 }, 'power_levels.current_level'),
    change(`10.6.1 rejects removing ${key} from above`, { [key]: 51 }, {}, 'power_levels.current_level'),
    change(`10.6 allows removing ${key} at the own level`, { [key]: 50 }, {}, 'allow'),
    change(`10.6 keeps ${key} above the own level`, { [key]: 51 }, { [key]: 51 }, 'allow'),
  ]),
  change(
    '10.6 takes equal levels in another notation for unchanged',
    { ban: '70' },
    { ban: 70 },
    {
      '1-9': 'allow',
      '10-12': 'power_levels.current_level',
    },
  ),
  change(
    '10.6 compares levels after cutting them off',
    { ban: 60.9 },
    { ban: 60.1 },
    {
      '1-5': 'allow',
      '6-9': 'power_levels.current_level',
      '10-12': 'power_levels.levels',
    },
  ),
  change('10.6 rejects a change from an unreadable level', { ban: 'x' }, { ban: 0 }, 'power_levels.current_level'),
  change(
    '10.6 rejects a change to an unreadable level',
    {},
    { ban: 'x' },
    {
      '1-9': 'power_levels.new_level',
      '10-12': 'power_levels.levels',
    },
  ),

  // 10.7 and 10.8
  change('10.8 allows adding an event level', {}, { events: { x: 50 } }, 'allow'),
  change('10.8 rejects adding a higher event level', {}, { events: { x: 51 } }, 'power_levels.new_event_level'),
  change(
    '10.8 rejects raising an event level higher',
    { events: { x: 1 } },
    { events: { x: 51 } },
    'power_levels.new_event_level',
  ),
  change(
    '10.7 rejects lowering a higher event level',
    { events: { x: 51 } },
    { events: { x: 1 } },
    'power_levels.current_event_level',
  ),
  change('10.7 rejects removing a higher event level', { events: { x: 51 } }, {}, 'power_levels.current_event_level'),
  change('10.7 keeps a higher event level', { events: { x: 51 } }, { events: { x: 51 } }, 'allow'),
  change('10.8 sees keys that every object inherits', {}, { events: { toString: 51 } }, 'power_levels.new_event_level'),
  change(
    '10.8 limits notifications from version 6 on',
    {},
    { notifications: { room: 51 } },
    withNotifications('power_levels.new_event_level'),
  ),
  change(
    '10.7 limits notifications from version 6 on',
    { notifications: { room: 51 } },
    {},
    withNotifications('power_levels.current_event_level'),
  ),

  // 10.9 and 10.10
  change('10.10 allows raising another user up to the own level', {}, { users: { [CAROL]: 50 } }, 'allow'),
  change('10.10 rejects raising another user above', {}, { users: { [CAROL]: 51 } }, 'power_levels.new_user_level'),
  change('10.10 rejects raising oneself', {}, { users: { [BOB]: 51 } }, 'power_levels.new_user_level'),
  change('10.9 allows lowering oneself', {}, { users: { [BOB]: 1 } }, 'allow'),
  change(
    '10.9 rejects lowering an equal',
    { users: { [CAROL]: 50 } },
    { users: { [CAROL]: 1 } },
    'power_levels.current_user_level',
  ),
  change('10.9 rejects removing an equal', { users: { [CAROL]: 50 } }, {}, 'power_levels.current_user_level'),
  change('10.9 allows lowering an inferior', { users: { [CAROL]: 49 } }, { users: { [CAROL]: 1 } }, 'allow'),
  change('10.9 rejects lowering a superior', {}, { users: { [DAVE]: 0 } }, 'power_levels.current_user_level'),
  {
    story: '10.9 lets a creator change everything from version 12 on',
    room: { powerLevels: { ban: 900, users: { [BOB]: 900 } } },
    event: { type: 'm.room.power_levels', sender: ALICE, stateKey: '', content: { ban: 901, users: { [BOB]: 0 } } },
    verdict: { '1-11': 'event.power', '12': 'allow' },
  },
]);

describe('checkPowerLevels', () => {
  it.each(rows)('$story (version $version)', (row) => {
    expect(verdictOf(row)).toBe(row.verdict);
  });
});
