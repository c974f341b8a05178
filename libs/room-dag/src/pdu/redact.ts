import { isJsonObject } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { RoomVersionRules } from '../room-version/rules.ts';
import type { Pdu } from './pdu.ts';

const KEPT_SINCE_11 = [
  'event_id',
  'type',
  'room_id',
  'sender',
  'state_key',
  'content',
  'hashes',
  'signatures',
  'depth',
  'prev_events',
  'auth_events',
  'origin_server_ts',
];
const KEPT_UP_TO_10 = new Set([...KEPT_SINCE_11, 'prev_state', 'origin', 'membership']);
const KEPT_FROM_11 = new Set(KEPT_SINCE_11);

const POWER_LEVEL_KEYS = [
  'ban',
  'events',
  'events_default',
  'kick',
  'redact',
  'state_default',
  'users',
  'users_default',
] as const;
const POWER_LEVEL_KEYS_SINCE_11 = [...POWER_LEVEL_KEYS, 'invite'];

/**
 * Strips an event of every key that its room version does not protect (https://spec.matrix.org/v1.19/client-server-api/#redactions and
 * the redaction section of each room version). Returns a new object; applying it twice changes nothing more. `signatures` stay.
 */
export function redactPdu(pdu: Pdu, rules: RoomVersionRules): Pdu {
  const redacted: Pdu = {};
  for (const key of Object.keys(pdu)) {
    const value = pdu[key];
    if (value === undefined || !isKeptByRedaction(key, rules)) continue;
    redacted[key] = key === 'content' && isJsonObject(value) ? redactContent(pdu['type'], value, rules) : value;
  }
  return redacted;
}

/** Whether a top-level key of an event survives redaction. */
export function isKeptByRedaction(key: string, rules: RoomVersionRules): boolean {
  return (rules.redaction.updatedIn11 ? KEPT_FROM_11 : KEPT_UP_TO_10).has(key);
}

/** The part of an event's `content` that survives redaction. */
export function redactContent(type: unknown, content: JsonObject, rules: RoomVersionRules): JsonObject {
  if (type === 'm.room.create' && rules.redaction.updatedIn11) return content;
  const kept: JsonObject = {};
  for (const key of keptContentKeys(type, rules)) {
    const value = content[key];
    if (value !== undefined && Object.hasOwn(content, key)) kept[key] = value;
  }
  if (type === 'm.room.member' && rules.redaction.updatedIn11) keepSignedInvite(content, kept);
  return kept;
}

function keptContentKeys(type: unknown, rules: RoomVersionRules): readonly string[] {
  const { keepsAliases, keepsJoinRuleAllow, keepsMemberAuthorisedVia, redactsInContent, updatedIn11 } = rules.redaction;
  switch (type) {
    case 'm.room.member':
      return keepsMemberAuthorisedVia ? ['membership', 'join_authorised_via_users_server'] : ['membership'];
    case 'm.room.create':
      return ['creator'];
    case 'm.room.join_rules':
      return keepsJoinRuleAllow ? ['join_rule', 'allow'] : ['join_rule'];
    case 'm.room.power_levels':
      return updatedIn11 ? POWER_LEVEL_KEYS_SINCE_11 : POWER_LEVEL_KEYS;
    case 'm.room.history_visibility':
      return ['history_visibility'];
    case 'm.room.aliases':
      return keepsAliases ? ['aliases'] : [];
    case 'm.room.redaction':
      return redactsInContent ? ['redacts'] : [];
    default:
      return [];
  }
}

/** From version 11 on `third_party_invite` stays as an object that holds nothing but `signed`. */
function keepSignedInvite(content: JsonObject, kept: JsonObject): void {
  const invite = content['third_party_invite'];
  if (!isJsonObject(invite)) return;
  const signed = invite['signed'];
  kept['third_party_invite'] = signed === undefined ? {} : { signed };
}
