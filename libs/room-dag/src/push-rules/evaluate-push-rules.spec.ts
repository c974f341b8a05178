import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import { describe, expect, it } from 'vitest';
import { ALICE, contextOf, evaluate, NO_RULES, ownRule, viewOf } from '../../test-support/push-room.ts';
import { compilePushRules } from './compile-push-rules.ts';
import { evaluatePushRules } from './evaluate-push-rules.ts';
import { buildPredefinedPushRules } from './predefined-push-rules.ts';
import type { PushEffect } from './push-effect.ts';
import type { PushRuleset } from './push-rule.ts';

const BOB = '@bob:b.example';
const ROOM = '!room:a.example';
const nothing = { conditions: [{ kind: 'event_match', key: 'type', pattern: 'x' }] };

const all: PushRuleset = {
  override: [ownRule('override', { conditions: [] })],
  content: [ownRule('content', { pattern: 'hello' })],
  room: [ownRule(ROOM)],
  sender: [ownRule(BOB)],
  underride: [ownRule('underride', { conditions: [] })],
};

describe('evaluatePushRules', () => {
  it.each([
    ['override', 'override'],
    ['content', 'content'],
    ['room', ROOM],
    ['sender', BOB],
    ['underride', 'underride'],
  ] as const)('checks %s rules in their turn', (kind, ruleId) => {
    const kinds = ['override', 'content', 'room', 'sender', 'underride'] as const;
    const rest = kinds.slice(kinds.indexOf(kind)).map((name) => [name, all[name]]);
    expect(evaluate(Object.fromEntries(rest) as Partial<PushRuleset>)?.ruleId).toBe(ruleId);
  });

  it('gives nothing when no rule matches', () => {
    expect(evaluate({})).toBeUndefined();
    expect(evaluate({ override: [ownRule('x', nothing)] })).toBeUndefined();
  });

  it("gives nothing for the user's own events", () => {
    expect(evaluate(all, { sender: ALICE })).toBeUndefined();
  });

  it('takes the first of several rules of a kind that match', () => {
    const override = [
      ownRule('never', nothing),
      ownRule('tea', { conditions: [] }),
      ownRule('time', { conditions: [] }),
    ];
    expect(evaluate({ override })?.ruleId).toBe('tea');
  });

  it('needs all conditions to hold, and none when there is none', () => {
    const text = { kind: 'event_match', key: 'type', pattern: 'm.room.message' };
    expect(evaluate({ override: [ownRule('x', { conditions: [text, text] })] })).toBeDefined();
    expect(evaluate({ override: [ownRule('x', { conditions: [text, ...nothing.conditions] })] })).toBeUndefined();
    expect(evaluate({ override: [ownRule('x', { conditions: [text, { kind: 'unknown' }] })] })).toBeUndefined();
    expect(evaluate({ override: [ownRule('x')] })).toBeDefined();
  });

  it('leaves disabled rules out', () => {
    expect(evaluate({ ...all, override: [ownRule('override', { enabled: false })] })?.ruleId).toBe('content');
  });

  it("puts predefined rules after the user's own, whatever the order of the list", () => {
    const predefined = buildPredefinedPushRules(ALICE);
    const underride = [...predefined.underride, ownRule('mine', { conditions: [] })];
    expect(evaluate({ underride })?.ruleId).toBe('mine');
  });

  it.each([
    ['a pattern in a word', { content: [ownRule('x', { pattern: 'hell' })] }, false],
    ['a word', { content: [ownRule('x', { pattern: 'HELLO' })] }, true],
    ['no pattern', { content: [ownRule('x')] }, false],
    ['another room', { room: [ownRule('!other:a.example')] }, false],
    ['another sender', { sender: [ownRule('@carol:c.example')] }, false],
    ['the sender in other case', { sender: [ownRule('@BOB:b.example')] }, false],
  ])('with a rule for %s: %s', (_, rules, expected) => {
    expect(evaluate(rules) !== undefined).toBe(expected);
  });

  it('has one view of an event serve many users', () => {
    const view = viewOf({});
    const compiled = ['@u1:a.example', '@u2:a.example'].map((userId) => {
      const rules = { ...NO_RULES, content: [ownRule(userId, { pattern: userId.includes('u1') ? 'hello' : 'other' })] };
      return evaluatePushRules(compilePushRules(rules), view, contextOf({ userId }))?.ruleId;
    });
    expect(compiled).toEqual(['@u1:a.example', undefined]);
  });
});

describe('the effect', () => {
  it.each<[JsonValue[], boolean, boolean, JsonObject]>([
    [[], false, false, {}],
    [['notify'], true, false, {}],
    [['dont_notify'], false, false, {}],
    [['coalesce', 'dont_notify', 'notify'], true, false, {}],
    [['notify', { set_tweak: 'highlight' }], true, true, { highlight: true }],
    [['notify', { set_tweak: 'highlight', value: true }], true, true, { highlight: true }],
    [['notify', { set_tweak: 'highlight', value: false }], true, false, { highlight: false }],
    [['notify', { set_tweak: 'sound', value: 'ring' }], true, false, { sound: 'ring' }],
    [
      ['notify', { set_tweak: 'org.example.led', value: { color: 3 } }],
      true,
      false,
      { 'org.example.led': { color: 3 } },
    ],
    [[{ set_tweak: 'highlight' }], false, true, { highlight: true }],
    [['notify', { set_tweak: 'org.example.led' }], true, false, { 'org.example.led': null }],
    [['unknown', 1, null, { value: 3 }, ['notify']], false, false, {}],
  ])('of %j', (actions, notifies, highlights, tweaks) => {
    expect(effectOf(actions)).toMatchObject({ ruleId: 'x', notifies, highlights, tweaks });
  });

  it('names the actions without the historical ones', () => {
    const sound = { set_tweak: 'sound', value: 'default' };
    expect(effectOf(['dont_notify', 'notify', 'coalesce', sound])?.actions).toEqual(['notify', sound]);
  });
});

function effectOf(actions: JsonValue[]): PushEffect | undefined {
  return evaluate({ override: [ownRule('x', { actions })] });
}
