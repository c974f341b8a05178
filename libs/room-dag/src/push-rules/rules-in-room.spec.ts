import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import { describe, expect, it } from 'vitest';
import { buildPredefinedPushRules } from './predefined-push-rules.ts';
import type { PushRule, PushRuleKind, PushRuleset } from './push-rule.ts';
import { rulesInRoom } from './rules-in-room.ts';

const [alice, room, other] = ['@alice:a.example', '!room:a.example', '!other:a.example'];
const predefined = buildPredefinedPushRules(alice);

interface Own {
  readonly kind: PushRuleKind;
  readonly ruleId: string;
  readonly actions?: readonly JsonValue[];
  readonly conditions?: readonly JsonObject[];
}

function withOwn({ kind, ruleId, actions = [], conditions }: Own): PushRuleset {
  const rule: PushRule = { rule_id: ruleId, default: false, enabled: true, actions, ...(conditions && { conditions }) };
  return { ...predefined, [kind]: [rule, ...predefined[kind]] };
}

function changed(ruleId: string, change: Partial<PushRule>): PushRuleset {
  const change1 = (rules: readonly PushRule[]): PushRule[] =>
    rules.map((rule) => (rule.rule_id === ruleId ? { ...rule, ...change } : rule));
  return { ...predefined, override: change1(predefined.override), underride: change1(predefined.underride) };
}

const inRoom = (roomId: string): JsonObject[] => [{ kind: 'event_match', key: 'room_id', pattern: roomId }];

describe('rules in a room', () => {
  it.each<[string, PushRuleset, string]>([
    ['the predefined ones', predefined, 'default'],
    ['a room that is muted', withOwn({ kind: 'override', ruleId: room, conditions: inRoom(room) }), 'nothing'],
    ['another room that is muted', withOwn({ kind: 'override', ruleId: other, conditions: inRoom(other) }), 'default'],
    ['everything is muted', changed('.m.rule.master', { enabled: true }), 'nothing'],
    ['mentions only', withOwn({ kind: 'room', ruleId: room }), 'highlights'],
    ['mentions only in another room', withOwn({ kind: 'room', ruleId: other }), 'default'],
    ['everything in the room', withOwn({ kind: 'room', ruleId: room, actions: ['notify'] }), 'other'],
    ['a word', withOwn({ kind: 'content', ruleId: 'word', actions: ['notify'] }), 'other'],
    ['a sender', withOwn({ kind: 'sender', ruleId: '@bob:b.example' }), 'other'],
    ['no messages', changed('.m.rule.message', { enabled: false }), 'other'],
    ['messages with a sound', changed('.m.rule.message', { actions: ['notify', { set_tweak: 'sound' }] }), 'default'],
    [
      'messages as highlights',
      changed('.m.rule.message', { actions: ['notify', { set_tweak: 'highlight' }] }),
      'other',
    ],
    ['no mentions', changed('.m.rule.is_user_mention', { enabled: false }), 'other'],
  ])('with %s', (_what, ruleset, expected) => expect(rulesInRoom(ruleset, alice, room)).toBe(expected));
});
