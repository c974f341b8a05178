import { describe, expect, it } from 'vitest';
import { adjustPushRule, putPushRule, removePushRule } from './change-push-rules.ts';
import type { PushRuleOutcome, PushRulePlace } from './change-push-rules.ts';
import { buildPushRules, NO_PUSH_RULE_CHANGES } from './push-rule-changes.ts';
import type { PushRuleChanges } from './push-rule-changes.ts';

const ALICE = '@alice:a.example';

function ruleOf(ruleId: string) {
  return { rule_id: ruleId, default: false, enabled: true, actions: ['notify'], conditions: [] };
}
function done(outcome: PushRuleOutcome): PushRuleChanges {
  if (outcome.outcome !== 'changed') throw new Error(outcome.outcome);
  return outcome.changes;
}
function put(changes: PushRuleChanges, ruleId: string, place: PushRulePlace = {}): PushRuleChanges {
  return done(putPushRule(changes, { kind: 'override', rule: ruleOf(ruleId) }, place));
}
function order(changes: PushRuleChanges): string[] {
  return (changes.own.override ?? []).map(({ rule_id: ruleId }) => ruleId);
}

describe('push rules of one’s own', () => {
  const abc = put(put(put(NO_PUSH_RULE_CHANGES, 'c'), 'b'), 'a');

  it('begin as the most important', () => expect(order(abc)).toEqual(['a', 'b', 'c']));

  it.each<[string, PushRulePlace, string[]]>([
    ['before another', { before: 'b' }, ['a', 'x', 'b', 'c']],
    ['after another', { after: 'b' }, ['a', 'b', 'x', 'c']],
    ['before the one, not after the other, where both are named', { before: 'a', after: 'c' }, ['x', 'a', 'b', 'c']],
  ])('go %s', (_where, place, expected) => expect(order(put(abc, 'x', place))).toEqual(expected));

  it('keep their place and whether they are enabled when they change', () => {
    const off = done(adjustPushRule(abc, { kind: 'override', ruleId: 'b' }, { enabled: false }));
    const again = put(off, 'b');
    expect(order(again)).toEqual(['a', 'b', 'c']);
    expect(again.own.override?.[1]?.enabled).toBe(false);
    expect(order(put(again, 'b', { after: 'c' }))).toEqual(['a', 'c', 'b']);
  });

  it.each(['none', '.m.rule.master'])('do not go beside %s', (before) => {
    const outcome = putPushRule(abc, { kind: 'override', rule: ruleOf('x') }, { before });
    expect(outcome.outcome).toBe('no-place');
  });

  it('are removed, predefined ones are not', () => {
    expect(order(done(removePushRule(abc, { kind: 'override', ruleId: 'b' })))).toEqual(['a', 'c']);
    expect(removePushRule(abc, { kind: 'override', ruleId: '.m.rule.master' }).outcome).toBe('predefined');
    expect(removePushRule(abc, { kind: 'content', ruleId: 'b' }).outcome).toBe('not-found');
  });

  it('are a thousand at most', () => {
    let many = NO_PUSH_RULE_CHANGES;
    for (let index = 0; index < 1000; index += 1) many = put(many, `r${index}`);
    expect(putPushRule(many, { kind: 'override', rule: ruleOf('more') }).outcome).toBe('too-many');
    expect(putPushRule(many, { kind: 'override', rule: ruleOf('r5') }).outcome).toBe('changed');
  });
});

describe('the whole of a user’s push rules', () => {
  it('has the master rule first, then the user’s own, then the predefined ones', () => {
    const { override, underride } = buildPushRules(ALICE, put(NO_PUSH_RULE_CHANGES, 'mine'));
    expect(override.slice(0, 3).map(({ rule_id: ruleId }) => ruleId)).toEqual([
      '.m.rule.master',
      'mine',
      '.m.rule.suppress_notices',
    ]);
    expect(underride.every((rule) => rule.default)).toBe(true);
  });

  it('has what the user made of predefined rules', () => {
    const master = { kind: 'override', ruleId: '.m.rule.master' } as const;
    const on = done(adjustPushRule(NO_PUSH_RULE_CHANGES, master, { enabled: true }));
    const both = done(adjustPushRule(on, master, { actions: ['notify'] }));
    expect(buildPushRules(ALICE, both).override[0]).toMatchObject({
      enabled: true,
      actions: ['notify'],
      default: true,
    });
    expect(adjustPushRule(both, { kind: 'content', ruleId: '.m.rule.master' }, { enabled: true }).outcome).toBe(
      'not-found',
    );
  });
});
