import { isJsonObject } from '@plexus/matrix-base';
import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import type { RoomVersionRules } from '@plexus/room-dag';

export interface UpgradedLevels {
  /** With which the new room begins: its creator can set all of its state. */
  readonly first: JsonObject;
  /** Which the room has in the end, where they differ. */
  readonly last: JsonObject | undefined;
}

export interface LevelsToUpgrade {
  readonly content: JsonObject;
  readonly from: RoomVersionRules;
  readonly to: RoomVersionRules;
  readonly creators: readonly string[];
  /** Whether the creator of the new room had all power in the old one without being listed. */
  readonly isPrivileged: boolean;
}

const ADMIN = 100;
const STATE_DEFAULT = 50;
const ABOVE_ADMIN = 150;

/**
 * The power levels of a room that replaces another one (https://spec.matrix.org/v1.19/client-server-api/#server-behaviour-16): those of the old room, as
 * the new version can have them. From version 12 on creators are not listed, and a tombstone takes more than an administrator has.
 */
export function upgradePowerLevels({ content, from, to, creators, isPrivileged }: LevelsToUpgrade): UpgradedLevels {
  const levels = integerLevels(content);
  const users = isJsonObject(levels['users']) ? levels['users'] : {};
  const events = isJsonObject(levels['events']) ? levels['events'] : {};
  if (to.privilegedCreators) {
    const others = Object.fromEntries(Object.entries(users).filter(([userId]) => !creators.includes(userId)));
    const tombstone = from.privilegedCreators ? {} : { 'm.room.tombstone': ABOVE_ADMIN };
    return { first: { ...levels, users: others, events: { ...events, ...tombstone } }, last: undefined };
  }
  const [creator = ''] = creators;
  const own = isPrivileged ? ADMIN : levelIn(users[creator] ?? levels['users_default']);
  const needed = Math.max(
    ADMIN,
    levelIn(levels['state_default'], STATE_DEFAULT),
    ...Object.values(events).map((level) => levelIn(level)),
  );
  const last = { ...levels, users: isPrivileged ? { ...users, [creator]: own } : users };
  if (own >= needed) return { first: last, last: undefined };
  return { first: { ...levels, users: { ...users, [creator]: needed } }, last };
}

/** What keeps people from going on in the old room: sending and inviting takes at least what moderators have. */
export function lockedPowerLevels(content: JsonObject): JsonObject {
  const least = Math.max(STATE_DEFAULT, levelIn(content['users_default']) + 1);
  const raised = (level: JsonValue | undefined): number => Math.max(levelIn(level), least);
  return { ...content, events_default: raised(content['events_default']), invite: raised(content['invite']) };
}

/** Older versions take levels as texts and fractions; newer ones integers only. */
function integerLevels(levels: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(levels).flatMap(([key, value]): [string, JsonValue][] => {
      if (isJsonObject(value)) return [[key, integerLevels(value)]];
      const level = Math.trunc(typeof value === 'string' ? Number(value.trim() || NaN) : Number(value ?? NaN));
      return Number.isSafeInteger(level) ? [[key, level]] : [];
    }),
  );
}

function levelIn(value: JsonValue | undefined, otherwise = 0): number {
  const level = Number(value ?? otherwise);
  return Number.isSafeInteger(level) ? level : otherwise;
}
