import type { Condition } from './compile-condition.ts';
import { compileCondition, compileEventMatch } from './compile-condition.ts';
import type { PushEffect } from './push-effect.ts';
import { readActions } from './push-effect.ts';
import type { PushRule, PushRuleKind, PushRuleset } from './push-rule.ts';
import { PUSH_RULE_KINDS } from './push-rule.ts';

/** A user's enabled rules, ready to be evaluated, from the most to the least important. */
export interface CompiledPushRules {
  readonly rules: readonly CompiledPushRule[];
}

/** A rule matches when all conditions hold. */
export interface CompiledPushRule {
  readonly conditions: readonly Condition[];
  readonly effect: PushEffect;
}

const MASTER_RULE_ID = '.m.rule.master';

/**
 * Prepares a user's push rules. Disabled rules and rules with a condition that never holds are left out. Whatever the order of the
 * lists says, predefined rules come after the user's own of their kind, save `.m.rule.master`, which comes first
 * (https://spec.matrix.org/v1.19/client-server-api/#predefined-rules).
 */
export function compilePushRules(ruleset: PushRuleset): CompiledPushRules {
  return {
    rules: PUSH_RULE_KINDS.flatMap((kind) => inOrder(ruleset[kind]).flatMap((rule) => compileRule(kind, rule))),
  };
}

function inOrder(rules: readonly PushRule[]): PushRule[] {
  return [...rules].sort((a, b) => rank(a) - rank(b));
}

function rank(rule: PushRule): number {
  if (rule.rule_id === MASTER_RULE_ID) return 0;
  return rule.default ? 2 : 1;
}

function compileRule(kind: PushRuleKind, rule: PushRule): CompiledPushRule[] {
  if (!rule.enabled) return [];
  const conditions = conditionsOf(kind, rule);
  return conditions.every((condition) => condition !== undefined)
    ? [{ conditions, effect: readActions(rule.rule_id, rule.actions) }]
    : [];
}

function conditionsOf(kind: PushRuleKind, rule: PushRule): (Condition | undefined)[] {
  switch (kind) {
    case 'override':
    case 'underride':
      return (rule.conditions ?? []).map(compileCondition);
    case 'content':
      return [rule.pattern === undefined ? undefined : compileEventMatch('content.body', rule.pattern)];
    case 'room':
      return [(event) => event.roomId === rule.rule_id];
    case 'sender':
      return [(event) => event.sender === rule.rule_id];
  }
}
