import type { RoomVersion, RoomVersionRules } from './rules.ts';

const V1: RoomVersionRules = {
  version: '1',
  stability: 'stable',
  eventIdFormat: 'server-chosen',
  eventReferences: 'pairs',
  roomIdIsCreateEventHash: false,
  createEventInAuthEvents: true,
  creatorIsSender: false,
  strictCanonicalJson: false,
  enforceKeyValidity: false,
  redaction: {
    keepsAliases: true,
    keepsJoinRuleAllow: false,
    keepsMemberAuthorisedVia: false,
    updatedIn11: false,
    redactsInContent: false,
  },
  redactionAuthorizedByRules: true,
  aliasesRule: true,
  limitsNotificationsPowerLevels: false,
  knocking: false,
  restrictedJoins: false,
  knockRestrictedJoins: false,
  integerPowerLevelsOnly: false,
  privilegedCreators: false,
  stateResolution: 'v1',
};

const V2: RoomVersionRules = { ...V1, version: '2', stateResolution: 'v2' };

const V3: RoomVersionRules = {
  ...V2,
  version: '3',
  eventIdFormat: 'base64',
  eventReferences: 'ids',
  redactionAuthorizedByRules: false,
};

const V4: RoomVersionRules = { ...V3, version: '4', eventIdFormat: 'url-safe' };

const V5: RoomVersionRules = { ...V4, version: '5', enforceKeyValidity: true };

const V6: RoomVersionRules = {
  ...V5,
  version: '6',
  strictCanonicalJson: true,
  redaction: { ...V5.redaction, keepsAliases: false },
  aliasesRule: false,
  limitsNotificationsPowerLevels: true,
};

const V7: RoomVersionRules = { ...V6, version: '7', knocking: true };

const V8: RoomVersionRules = {
  ...V7,
  version: '8',
  redaction: { ...V7.redaction, keepsJoinRuleAllow: true },
  restrictedJoins: true,
};

const V9: RoomVersionRules = {
  ...V8,
  version: '9',
  redaction: { ...V8.redaction, keepsMemberAuthorisedVia: true },
};

const V10: RoomVersionRules = { ...V9, version: '10', knockRestrictedJoins: true, integerPowerLevelsOnly: true };

const V11: RoomVersionRules = {
  ...V10,
  version: '11',
  creatorIsSender: true,
  redaction: { ...V10.redaction, updatedIn11: true, redactsInContent: true },
};

const V12: RoomVersionRules = {
  ...V11,
  version: '12',
  roomIdIsCreateEventHash: true,
  createEventInAuthEvents: false,
  privilegedCreators: true,
  stateResolution: 'v2.1',
};

const byVersion: ReadonlyMap<string, RoomVersionRules> = new Map(
  [V1, V2, V3, V4, V5, V6, V7, V8, V9, V10, V11, V12].map((rules) => [rules.version, rules]),
);

export const ROOM_VERSIONS: readonly RoomVersion[] = [...byVersion.values()].map((rules) => rules.version);

/** The version of rooms that name none at creation (https://spec.matrix.org/v1.19/rooms/#feature-matrix). */
export const DEFAULT_ROOM_VERSION: RoomVersion = '12';

/** The rules of a room version, or nothing if this server does not know it. */
export function findRoomVersion(version: string): RoomVersionRules | undefined {
  return byVersion.get(version);
}
