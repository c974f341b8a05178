import { describe, expect, it } from 'vitest';
import type { PushedEvent } from '../../test-support/push-room.ts';
import { ALICE, evaluate, ownRule } from '../../test-support/push-room.ts';
import type { PushContext } from './compile-condition.ts';
import { buildPredefinedPushRules } from './predefined-push-rules.ts';

const rules = buildPredefinedPushRules(ALICE);
const member = (membership: string, stateKey: string): PushedEvent => {
  return { type: 'm.room.member', stateKey, content: { membership } };
};
const mentioning = (mentions: { user_ids?: string[]; room?: boolean }): PushedEvent => {
  return { content: { msgtype: 'm.text', body: 'hello', 'm.mentions': mentions } };
};
const encrypted: PushedEvent = { type: 'm.room.encrypted', content: { algorithm: 'm.megolm.v1.aes-sha2' } };
const edit: PushedEvent = { content: { body: '* hello', 'm.relates_to': { rel_type: 'm.replace', event_id: '$1' } } };

interface Effect {
  readonly rule: string;
  readonly notifies?: boolean;
  readonly highlights?: boolean;
  readonly sound?: string;
}

const CASES: readonly [string, PushedEvent, Partial<PushContext>, Effect][] = [
  ['a message in a group', {}, {}, { rule: 'message', notifies: true }],
  ['a message between two', {}, { memberCount: 2 }, { rule: 'room_one_to_one', notifies: true, sound: 'default' }],
  ['an encrypted event in a group', encrypted, {}, { rule: 'encrypted', notifies: true }],
  [
    'an encrypted event between two',
    encrypted,
    { memberCount: 2 },
    { rule: 'encrypted_room_one_to_one', notifies: true, sound: 'default' },
  ],
  ['a call', { type: 'm.call.invite', content: {} }, {}, { rule: 'call', notifies: true, sound: 'ring' }],
  ['a notice', { content: { msgtype: 'm.notice', body: 'hello' } }, {}, { rule: 'suppress_notices' }],
  ['an invite for Alice', member('invite', ALICE), {}, { rule: 'invite_for_me', notifies: true, sound: 'default' }],
  ['an invite for another', member('invite', '@carol:c.example'), {}, { rule: 'member_event' }],
  ['a ban of Alice', member('ban', ALICE), {}, { rule: 'member_event' }],
  [
    'a mention of Alice',
    mentioning({ user_ids: ['@carol:c.example', ALICE] }),
    {},
    { rule: 'is_user_mention', notifies: true, highlights: true, sound: 'default' },
  ],
  ['a mention of another', mentioning({ user_ids: ['@carol:c.example'] }), {}, { rule: 'message', notifies: true }],
  [
    'a mention of the room by one who may',
    mentioning({ room: true }),
    { senderPowerLevel: 50 },
    { rule: 'is_room_mention', notifies: true, highlights: true },
  ],
  ['a mention of the room by one who may not', mentioning({ room: true }), {}, { rule: 'message', notifies: true }],
  [
    'no mention of the room by one who may',
    mentioning({ room: false }),
    { senderPowerLevel: 50 },
    { rule: 'message', notifies: true },
  ],
  [
    'a tombstone',
    { type: 'm.room.tombstone', stateKey: '', content: { body: 'moved' } },
    {},
    { rule: 'tombstone', notifies: true, highlights: true },
  ],
  ['a reaction', { type: 'm.reaction', content: {} }, { memberCount: 2 }, { rule: 'reaction' }],
  ['a server ACL', { type: 'm.room.server_acl', stateKey: '', content: {} }, {}, { rule: 'room.server_acl' }],
  ['an edit', edit, { memberCount: 2 }, { rule: 'suppress_edits' }],
];

describe('buildPredefinedPushRules', () => {
  it.each(CASES)('%s', (_, event, context, { rule, notifies = false, highlights = false, sound }) => {
    const effect = evaluate(rules, event, context);
    expect(effect).toMatchObject({ ruleId: `.m.rule.${rule}`, notifies, highlights });
    expect(effect?.tweaks['sound']).toBe(sound);
  });

  it.each<[string, PushedEvent]>([
    ['a topic', { type: 'm.room.topic', stateKey: '', content: { topic: 'hello' } }],
    ['a tombstone that is no state event', { type: 'm.room.tombstone', content: {} }],
    ['a server ACL with a state key', { type: 'm.room.server_acl', stateKey: 'x', content: {} }],
    ['an own event', { sender: ALICE }],
    ['a body with the name in it', { type: 'm.custom', content: { body: 'Alice @room' } }],
  ])('has nothing to say about %s', (_, event) => {
    expect(evaluate(rules, event)).toBeUndefined();
  });

  it('covers every rule of the specification by a case, the master rule apart', () => {
    const tested = new Set(CASES.map(([, , , { rule }]) => `.m.rule.${rule}`));
    const named = [...rules.override, ...rules.underride].map((rule) => rule.rule_id);
    expect(named.filter((ruleId) => !tested.has(ruleId))).toEqual(['.m.rule.master']);
  });

  it('is silent about everything when the master rule is enabled, even about what the user asked for', () => {
    const override = rules.override.map((rule) => ({
      ...rule,
      enabled: rule.enabled || rule.rule_id === '.m.rule.master',
    }));
    const effect = evaluate({ ...rules, override: [ownRule('mine'), ...override] }, mentioning({ user_ids: [ALICE] }));
    expect(effect).toMatchObject({ ruleId: '.m.rule.master', notifies: false, actions: [] });
  });
});
