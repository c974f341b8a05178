import { findNumber, isJsonObject } from '@plexus/matrix-base';
import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import type { RoomEvent } from '../pdu/pdu.ts';
import type { RoomVersionRules } from '../room-version/rules.ts';
import type { AuthState } from './auth-state.ts';
import { findCreateEvent } from './auth-state.ts';
import { findCreator, isPrivilegedCreator } from './create.ts';
import { findOwn } from './own-value.ts';

/** The levels that stand for an action (https://spec.matrix.org/v1.19/client-server-api/#mroompower_levels). */
export type ActionLevel = 'ban' | 'kick' | 'invite' | 'redact';

const ACTION_DEFAULTS: Readonly<Record<ActionLevel, number>> = { ban: 50, kick: 50, invite: 0, redact: 50 };
const STATE_DEFAULT = 50;
const EVENTS_DEFAULT = 0;
const CREATOR_WITHOUT_POWER_LEVELS = 100;

/**
 * A user's power level: of a creator from version 12 on `Infinity`, else what `m.room.power_levels` says. Without that event the creator
 * of a room of versions 1 to 11 has 100, everybody else 0.
 * @NOTE Up to version 9 a level may be unreadable (`"users_default": "high"`). It is `NaN`: write comparisons so that a false one denies.
 */
export function powerLevelOf(userId: string, state: AuthState): number {
  return userPowerLevel(userId, findCreateEvent(state), findPowerLevels(state));
}

/** A user's power level as one create event and one power levels event have it; either may be absent. */
export function userPowerLevel(
  userId: string,
  create: RoomEvent | undefined,
  powerLevels: RoomEvent | undefined,
): number {
  if (create !== undefined && isPrivilegedCreator(userId, create)) return Infinity;
  if (powerLevels !== undefined) {
    return findEntry('users', userId, powerLevels) ?? findLevel('users_default', powerLevels) ?? 0;
  }
  const isCreator = create !== undefined && !create.rules.privilegedCreators && findCreator(create) === userId;
  return isCreator ? CREATOR_WITHOUT_POWER_LEVELS : 0;
}

/** The level that an action takes; see `powerLevelOf` for `NaN`. */
export function requiredActionLevel(action: ActionLevel, state: AuthState): number {
  const powerLevels = findPowerLevels(state);
  return (powerLevels && findLevel(action, powerLevels)) ?? ACTION_DEFAULTS[action];
}

/** The level that sending an event of a type takes: `events`, else `state_default` or `events_default`. `NaN` as in `powerLevelOf`. */
export function requiredPowerLevel(state: AuthState, type: string, isState: boolean): number {
  const fallback = isState ? STATE_DEFAULT : EVENTS_DEFAULT;
  const powerLevels = findPowerLevels(state);
  if (powerLevels === undefined) return fallback;
  const typeLevel = findEntry('events', type, powerLevels);
  return typeLevel ?? findLevel(isState ? 'state_default' : 'events_default', powerLevels) ?? fallback;
}

/** The level that a notification of the whole room takes (`notifications.room` for `@room`), 50 if the room says nothing. */
export function requiredNotificationLevel(state: AuthState, key: string): number {
  const powerLevels = findPowerLevels(state);
  return (powerLevels && findEntry('notifications', key, powerLevels)) ?? 50;
}

/**
 * Reads one level. From version 10 on only integers; before that also strings of one integer
 * (https://spec.matrix.org/v1.19/rooms/v9/#mroompower_levels-events-accept-values-as-strings), up to version 5 also floats, cut off at
 * the point. `NaN` for anything else.
 */
export function readLevel(value: JsonValue, rules: RoomVersionRules): number {
  if (typeof value === 'string') return rules.integerPowerLevelsOnly ? NaN : readStringLevel(value);
  const number = findNumber(value);
  if (number === undefined || !Number.isFinite(number)) return NaN;
  if (rules.strictCanonicalJson) return Number.isInteger(number) ? number : NaN;
  return Math.trunc(number);
}

export function findPowerLevels(state: AuthState): RoomEvent | undefined {
  return state.find('m.room.power_levels', '');
}

const STRING_LEVEL = /^\p{White_Space}*([+-]?[0-9]+)\p{White_Space}*$/u;

/** @NOTE A string beyond 2^53 is rounded to a double, as a number of that size is in the versions that let it through. */
function readStringLevel(text: string): number {
  const digits = STRING_LEVEL.exec(text)?.[1];
  const level = digits === undefined ? NaN : Number(digits);
  return Number.isFinite(level) ? level : NaN;
}

/** @NOTE `null`, which only versions up to 9 let in, counts as absent here, as other servers have it. */
function findLevel(key: string, powerLevels: RoomEvent): number | undefined {
  return findIn(powerLevels.content, key, powerLevels.rules);
}

function findEntry(section: string, key: string, powerLevels: RoomEvent): number | undefined {
  const entries = findOwn(powerLevels.content, section);
  if (entries === undefined || entries === null) return undefined;
  return isJsonObject(entries) ? findIn(entries, key, powerLevels.rules) : NaN;
}

function findIn(object: JsonObject, key: string, rules: RoomVersionRules): number | undefined {
  const value = findOwn(object, key);
  return value === undefined || value === null ? undefined : readLevel(value, rules);
}
