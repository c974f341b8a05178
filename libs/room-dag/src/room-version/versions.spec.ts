import { describe, expect, it } from 'vitest';
import type { RoomVersionRules } from './rules.ts';
import { DEFAULT_ROOM_VERSION, findRoomVersion, ROOM_VERSIONS } from './versions.ts';

const NUMBERS = Array.from({ length: 12 }, (_, index) => index + 1);

/** What a version changed, by the first version that has it. */
const SINCE: [string, number, (rules: RoomVersionRules) => boolean][] = [
  ['state resolution v2', 2, (rules) => rules.stateResolution !== 'v1'],
  ['event ids are hashes', 3, (rules) => rules.eventIdFormat !== 'server-chosen'],
  ['references are ids', 3, (rules) => rules.eventReferences === 'ids'],
  ['redactions are not authorized by rules', 3, (rules) => !rules.redactionAuthorizedByRules],
  ['event ids are URL-safe', 4, (rules) => rules.eventIdFormat === 'url-safe'],
  ['key validity is enforced', 5, (rules) => rules.enforceKeyValidity],
  ['canonical JSON is strict', 6, (rules) => rules.strictCanonicalJson],
  ['aliases have no rule', 6, (rules) => !rules.aliasesRule],
  ['aliases are redacted', 6, (rules) => !rules.redaction.keepsAliases],
  ['notification levels are limited', 6, (rules) => rules.limitsNotificationsPowerLevels],
  ['knocking', 7, (rules) => rules.knocking],
  ['restricted joins', 8, (rules) => rules.restrictedJoins],
  ['redacted join rules keep allow', 8, (rules) => rules.redaction.keepsJoinRuleAllow],
  ['redacted members keep the authorising user', 9, (rules) => rules.redaction.keepsMemberAuthorisedVia],
  ['knock_restricted', 10, (rules) => rules.knockRestrictedJoins],
  ['integer power levels only', 10, (rules) => rules.integerPowerLevelsOnly],
  ['the creator is the sender', 11, (rules) => rules.creatorIsSender],
  ['the redaction algorithm of 11', 11, (rules) => rules.redaction.updatedIn11],
  ['redacts is in the content', 11, (rules) => rules.redaction.redactsInContent],
  ['the room id is a hash', 12, (rules) => rules.roomIdIsCreateEventHash],
  ['the create event is not an auth event', 12, (rules) => !rules.createEventInAuthEvents],
  ['creators are privileged', 12, (rules) => rules.privilegedCreators],
  ['state resolution v2.1', 12, (rules) => rules.stateResolution === 'v2.1'],
];

describe('room versions', () => {
  it('are 1 to 12, all stable, with 12 as default', () => {
    expect(ROOM_VERSIONS).toEqual(NUMBERS.map(String));
    expect(ROOM_VERSIONS.map((version) => findRoomVersion(version)?.stability)).toEqual(NUMBERS.map(() => 'stable'));
    expect(DEFAULT_ROOM_VERSION).toBe('12');
  });

  it.each(SINCE)('%s from version %d on', (_name, first, has) => {
    const versionsWithIt = NUMBERS.filter((number) => {
      const rules = findRoomVersion(String(number));
      return rules !== undefined && has(rules);
    });
    expect(versionsWithIt).toEqual(NUMBERS.filter((number) => number >= first));
  });

  it.each(['0', '13', '', '1.0', 'org.matrix.msc2176', 'constructor'])('do not include %j', (version) => {
    expect(findRoomVersion(version)).toBeUndefined();
  });
});
