import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import type { PushRule, PushRuleset } from './push-rule.ts';

/**
 * The rules that every user begins with (https://spec.matrix.org/v1.19/client-server-api/#predefined-rules), in the specification's order.
 * All are enabled but `.m.rule.master`.
 */
export function buildPredefinedPushRules(userId: string): PushRuleset {
  return { override: overrideRules(userId), content: [], room: [], sender: [], underride: underrideRules() };
}

const HIGHLIGHT = { set_tweak: 'highlight' };
const NOTIFY_HIGHLIGHT = ['notify', HIGHLIGHT];
const NOTIFY_SOUND = ['notify', sound('default')];

function overrideRules(userId: string): PushRule[] {
  return [
    { ...predefined('master', [], []), enabled: false },
    predefined('suppress_notices', [matches('content.msgtype', 'm.notice')], []),
    predefined(
      'invite_for_me',
      [matches('type', 'm.room.member'), matches('content.membership', 'invite'), matches('state_key', userId)],
      NOTIFY_SOUND,
    ),
    predefined('member_event', [matches('type', 'm.room.member')], []),
    predefined(
      'is_user_mention',
      [{ kind: 'event_property_contains', key: 'content.m\\.mentions.user_ids', value: userId }],
      [...NOTIFY_SOUND, HIGHLIGHT],
    ),
    predefined(
      'is_room_mention',
      [
        { kind: 'event_property_is', key: 'content.m\\.mentions.room', value: true },
        { kind: 'sender_notification_permission', key: 'room' },
      ],
      NOTIFY_HIGHLIGHT,
    ),
    predefined('tombstone', [matches('type', 'm.room.tombstone'), matches('state_key', '')], NOTIFY_HIGHLIGHT),
    predefined('reaction', [matches('type', 'm.reaction')], []),
    predefined('room.server_acl', [matches('type', 'm.room.server_acl'), matches('state_key', '')], []),
    predefined(
      'suppress_edits',
      [{ kind: 'event_property_is', key: 'content.m\\.relates_to.rel_type', value: 'm.replace' }],
      [],
    ),
  ];
}

function underrideRules(): PushRule[] {
  const inOneToOne = { kind: 'room_member_count', is: '2' };
  return [
    predefined('call', [matches('type', 'm.call.invite')], ['notify', sound('ring')]),
    predefined('encrypted_room_one_to_one', [inOneToOne, matches('type', 'm.room.encrypted')], NOTIFY_SOUND),
    predefined('room_one_to_one', [inOneToOne, matches('type', 'm.room.message')], NOTIFY_SOUND),
    predefined('message', [matches('type', 'm.room.message')], ['notify']),
    predefined('encrypted', [matches('type', 'm.room.encrypted')], ['notify']),
  ];
}

function predefined(name: string, conditions: JsonObject[], actions: JsonValue[]): PushRule {
  return { rule_id: `.m.rule.${name}`, default: true, enabled: true, conditions, actions };
}

function matches(key: string, pattern: string): JsonObject {
  return { kind: 'event_match', key, pattern };
}

function sound(value: string): JsonObject {
  return { set_tweak: 'sound', value };
}
