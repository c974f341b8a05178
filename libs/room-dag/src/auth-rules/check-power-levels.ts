import { isJsonObject, isUserId } from '@plexus/matrix-base';
import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import type { RoomEvent } from '../pdu/pdu.ts';
import { ALLOW, reject } from './auth-outcome.ts';
import type { AuthOutcome, AuthReject, AuthRule } from './auth-outcome.ts';
import type { AuthState } from './auth-state.ts';
import { findOwn } from './own-value.ts';
import { creatorsOf } from './create.ts';
import { findPowerLevels, readLevel, userPowerLevel } from './power-levels.ts';

const LEVELS = ['users_default', 'events_default', 'state_default', 'ban', 'redact', 'kick', 'invite'];

/**
 * Rule 10: who may change which power levels (https://spec.matrix.org/v1.19/rooms/v12/#authorisation-rules). The caller has checked the
 * rules before it; `create` is the room's create event.
 */
export function checkPowerLevels(event: RoomEvent, create: RoomEvent, state: AuthState): AuthOutcome {
  const invalid = checkContent(event, create);
  if (invalid !== undefined) return invalid;
  // 10.5
  const current = findPowerLevels(state);
  if (current === undefined) return ALLOW;
  const change: Change = { event, current, senderLevel: userPowerLevel(event.sender, create, current) };
  // 10.11
  return checkLevels(change) ?? checkEventLevels(change) ?? checkUserLevels(change) ?? ALLOW;
}

/** A new power levels event, the one that it replaces, and the power of who replaces it. */
interface Change {
  readonly event: RoomEvent;
  readonly current: RoomEvent;
  readonly senderLevel: number;
}

function checkContent(event: RoomEvent, create: RoomEvent): AuthReject | undefined {
  const { content, rules } = event;
  if (rules.integerPowerLevelsOnly) {
    // 10.1, from version 10 on
    if (LEVELS.some((key) => Object.hasOwn(content, key) && !isLevel(content[key], event))) {
      return reject('power_levels.levels', 'A level is not an integer');
    }
    // 10.2, from version 10 on
    if (['events', 'notifications'].some((key) => Object.hasOwn(content, key) && !isLevels(content[key], event))) {
      return reject('power_levels.events', 'events or notifications is not an object of integers');
    }
  }
  // 10.3
  const users = Object.hasOwn(content, 'users') ? content['users'] : {};
  if (!isJsonObject(users) || !isLevels(users, event) || !Object.keys(users).every(isUserId)) {
    return reject('power_levels.users', 'users is not an object of user ids and integers');
  }
  // 10.4, from version 12 on
  if (rules.privilegedCreators && creatorsOf(create).some((userId) => Object.hasOwn(users, userId))) {
    return reject('power_levels.creators', 'users names a creator');
  }
  return undefined;
}

/** 10.6: the single levels. */
function checkLevels({ event, current, senderLevel }: Change): AuthReject | undefined {
  for (const key of LEVELS) {
    const alteration = findAlteration(key, asSection(current.content, current), asSection(event.content, event));
    const names = { current: 'power_levels.current_level', new: 'power_levels.new_level' } as const;
    const denied = alteration && checkAlteration(alteration, senderLevel, names);
    if (denied !== undefined) return denied;
  }
  return undefined;
}

/** 10.7 and 10.8: `events`, from version 6 on `notifications` too. */
function checkEventLevels(change: Change): AuthReject | undefined {
  const sections = change.event.rules.limitsNotificationsPowerLevels ? ['events', 'notifications'] : ['events'];
  const names = { current: 'power_levels.current_event_level', new: 'power_levels.new_event_level' } as const;
  for (const section of sections) {
    for (const alteration of alterationsOf(section, change)) {
      const denied = checkAlteration(alteration, change.senderLevel, names);
      if (denied !== undefined) return denied;
    }
  }
  return undefined;
}

/** 10.9 and 10.10: `users`. Another user's level can be changed only from above; everybody may lower their own. */
function checkUserLevels(change: Change): AuthReject | undefined {
  const { event, senderLevel } = change;
  for (const { key, from, to } of alterationsOf('users', change)) {
    if (from !== undefined && key !== event.sender && !(senderLevel > from)) {
      return reject('power_levels.current_user_level', `The level of ${key} is not below the sender's`);
    }
    if (to !== undefined && !(senderLevel >= to)) {
      return reject('power_levels.new_user_level', `The new level of ${key} is above the sender's`);
    }
  }
  return undefined;
}

/** An entry that was added (`from` absent), changed, or removed (`to` absent). An unreadable level is always an alteration. */
interface Alteration {
  readonly key: string;
  readonly from: number | undefined;
  readonly to: number | undefined;
}

function checkAlteration(
  { key, from, to }: Alteration,
  senderLevel: number,
  rules: { readonly current: AuthRule; readonly new: AuthRule },
): AuthReject | undefined {
  if (from !== undefined && !(senderLevel >= from)) {
    return reject(rules.current, `The current level of ${key} is above the sender's`);
  }
  if (to !== undefined && !(senderLevel >= to)) {
    return reject(rules.new, `The new level of ${key} is above the sender's`);
  }
  return undefined;
}

/** An object of levels and the event whose version says how to read them. */
interface Section {
  readonly entries: JsonObject;
  readonly event: RoomEvent;
}

function* alterationsOf(name: string, { event, current }: Change): Generator<Alteration> {
  const before = asSection(findOwn(current.content, name), current);
  const after = asSection(findOwn(event.content, name), event);
  for (const key of new Set([...Object.keys(before.entries), ...Object.keys(after.entries)])) {
    const alteration = findAlteration(key, before, after);
    if (alteration !== undefined) yield alteration;
  }
}

function findAlteration(key: string, before: Section, after: Section): Alteration | undefined {
  const from = levelIn(before, key);
  const to = levelIn(after, key);
  return from === to ? undefined : { key, from, to };
}

function levelIn({ entries, event }: Section, key: string): number | undefined {
  const value = findOwn(entries, key);
  return value === undefined ? undefined : readLevel(value, event.rules);
}

/** @NOTE Up to version 9 a section may be no object: it then has no entries to compare, and every look-up in it is `NaN`. */
function asSection(value: JsonValue | undefined, event: RoomEvent): Section {
  return { entries: isJsonObject(value) ? value : {}, event };
}

function isLevels(value: JsonValue | undefined, event: RoomEvent): boolean {
  return isJsonObject(value) && Object.values(value).every((level) => isLevel(level, event));
}

function isLevel(value: JsonValue | undefined, event: RoomEvent): boolean {
  return value !== undefined && !Number.isNaN(readLevel(value, event.rules));
}
