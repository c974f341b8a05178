import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import { describe, expect, it } from 'vitest';
import { checkPushActions, checkPushRule } from './check-push-rule.ts';
import type { PushRuleKind } from './push-rule.ts';

const check = (kind: PushRuleKind, body: JsonObject, ruleId = 'mine') => checkPushRule({ kind, ruleId, body });
const actions = ['notify', { set_tweak: 'sound', value: 'cakealarm.wav' }];
const condition = { kind: 'event_match', key: 'content.body', pattern: 'beer' };

describe('checkPushRule', () => {
  it.each<[PushRuleKind, JsonObject, JsonObject]>([
    ['content', { pattern: 'cake*lie', actions }, { pattern: 'cake*lie' }],
    ['override', { conditions: [condition], actions }, { conditions: [condition] }],
    ['underride', { actions }, { conditions: [] }],
    ['room', { actions }, {}],
    ['sender', { actions }, {}],
  ])('takes a rule of kind %s, enabled and not predefined', (kind, body, own) => {
    const rule = { rule_id: 'mine', default: false, enabled: true, actions, ...own };
    expect(check(kind, body)).toEqual({ outcome: 'valid', rule });
  });

  it('leaves out what the kind does not use, and what the client may not decide', () => {
    const body = { actions, pattern: 'x', conditions: [condition], enabled: false, default: true, rule_id: 'other' };
    expect(check('sender', body)).toEqual({
      outcome: 'valid',
      rule: { rule_id: 'mine', default: false, enabled: true, actions },
    });
  });

  it.each([['.m.rule.mine'], ['.'], ['a/b'], ['a\\b'], ['']])('refuses the rule id %j', (ruleId) => {
    expect(check('sender', { actions }, ruleId)).toMatchObject({ outcome: 'invalid', errcode: 'M_INVALID_PARAM' });
  });

  it.each<[PushRuleKind, JsonObject, string]>([
    ['room', {}, 'M_MISSING_PARAM'],
    ['room', { actions: 'notify' }, 'M_BAD_JSON'],
    ['room', { actions: ['unknown'] }, 'M_INVALID_PARAM'],
    ['content', { actions }, 'M_MISSING_PARAM'],
    ['content', { actions, pattern: 1 }, 'M_BAD_JSON'],
    ['content', { actions, pattern: 'x'.repeat(1_025) }, 'M_INVALID_PARAM'],
    ['override', { actions, conditions: {} }, 'M_BAD_JSON'],
    ['override', { actions, conditions: ['x'] }, 'M_BAD_JSON'],
    ['override', { actions, conditions: [{}] }, 'M_INVALID_PARAM'],
    ['override', { actions, conditions: [{ kind: 'event_match', key: 'type' }] }, 'M_INVALID_PARAM'],
    ['underride', { actions, conditions: [{ kind: 'room_member_count', is: 2 }] }, 'M_INVALID_PARAM'],
    ['underride', { actions, conditions: [{ kind: 'event_property_is', key: 'type', value: 1.5 }] }, 'M_INVALID_PARAM'],
  ])('refuses a rule of kind %s with %j', (kind, body, errcode) => {
    expect(check(kind, body)).toMatchObject({ outcome: 'invalid', errcode });
  });

  it('keeps a condition of a kind that it does not know', () => {
    const conditions = [{ kind: 'org.example.weather', is: 'sunny' }];
    expect(check('override', { actions, conditions })).toMatchObject({ rule: { conditions } });
  });
});

describe('checkPushActions', () => {
  it.each<[JsonValue[]]>([[[]], [['notify']], [['dont_notify', 'coalesce']], [[{ set_tweak: 'led' }]]])(
    'takes %j',
    (list) => {
      expect(checkPushActions(list)).toEqual({ outcome: 'valid', actions: list });
    },
  );

  it.each<[JsonValue]>([[['shout']], [[1]], [[null]], [[{}]], [[{ set_tweak: 1 }]], [[['notify']]]])(
    'refuses %j',
    (list) => {
      expect(checkPushActions(list)).toMatchObject({ outcome: 'invalid', errcode: 'M_INVALID_PARAM' });
    },
  );
});
