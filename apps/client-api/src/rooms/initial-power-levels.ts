import { isJsonObject, MatrixError } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { RoomVersionRules } from '@plexus/room-dag';

export interface PowerLevelsOfNewRoom {
  readonly rules: RoomVersionRules;
  readonly creators: readonly string[];
  /** Users who get the creator's level: the invitees of a trusted private chat. */
  readonly trusted: readonly string[];
  readonly isPublic: boolean;
  readonly override: JsonObject | undefined;
}

const ADMIN = 100;
const MODERATOR = 50;
const ABOVE_ADMIN = 150;

/**
 * The default `m.room.power_levels` of a new room (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3createroom, step 3). From room
 * version 12 on creators are above all levels and not listed, and a tombstone takes more than `state_default`.
 */
export function initialPowerLevels(room: PowerLevelsOfNewRoom): JsonObject {
  const { rules, creators, trusted, isPublic, override = {} } = room;
  const levels: JsonObject = {
    users: rules.privilegedCreators ? {} : levelOf([...creators, ...trusted], ADMIN),
    users_default: 0,
    events: {
      'm.room.name': MODERATOR,
      'm.room.avatar': MODERATOR,
      'm.room.canonical_alias': MODERATOR,
      'm.room.power_levels': ADMIN,
      'm.room.history_visibility': ADMIN,
      'm.room.encryption': ADMIN,
      'm.room.server_acl': ADMIN,
      'm.room.tombstone': rules.privilegedCreators ? ABOVE_ADMIN : ADMIN,
    },
    events_default: 0,
    state_default: MODERATOR,
    ban: MODERATOR,
    kick: MODERATOR,
    redact: MODERATOR,
    invite: isPublic ? MODERATOR : 0,
    historical: ADMIN,
    ...override,
  };
  if (rules.privilegedCreators) requireCreatorsUnlisted(levels['users'], creators);
  return levels;
}

function levelOf(userIds: readonly string[], level: number): JsonObject {
  return Object.fromEntries(userIds.map((userId) => [userId, level]));
}

function requireCreatorsUnlisted(users: unknown, creators: readonly string[]): void {
  if (!isJsonObject(users) || !creators.some((creator) => Object.hasOwn(users, creator))) return;
  throw new MatrixError('M_INVALID_PARAM', 400, 'From room version 12 on no power level can be given to a creator');
}
