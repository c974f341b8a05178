import type { JsonValue } from '@plexus/matrix-base';
import { buildPredefinedPushRules } from './predefined-push-rules.ts';
import type { PushRuleChanges } from './push-rule-changes.ts';
import type { PushRule, PushRuleKind } from './push-rule.ts';

/** Names a rule. */
export interface PushRuleName {
  readonly kind: PushRuleKind;
  readonly ruleId: string;
}

/** Where a rule goes among the user's own of its kind. Of both, `before` counts. */
export interface PushRulePlace {
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

export type PushRuleOutcome =
  | { readonly outcome: 'changed'; readonly changes: PushRuleChanges }
  /** `not-found`: no such rule. `no-place`: no rule of the user's own is where it should go. `predefined`: such a rule stays. `too-many`: of the user's own. */
  | { readonly outcome: 'not-found' | 'no-place' | 'predefined' | 'too-many' };

const MAX_OWN_RULES = 1_000;

/**
 * Adds a rule of the user's own, or gives the one of this name other parameters
 * (https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3pushrulesglobalkindruleid). A new one becomes the most important, another keeps its
 * place and whether it is enabled, unless a place is named. The caller has checked the rule.
 */
export function putPushRule(
  changes: PushRuleChanges,
  { kind, rule }: { readonly kind: PushRuleKind; readonly rule: PushRule },
  place: PushRulePlace = {},
): PushRuleOutcome {
  const rules = changes.own[kind] ?? [];
  const known = rules.findIndex((each) => each.rule_id === rule.rule_id);
  const kept = { ...rule, enabled: rules[known]?.enabled ?? rule.enabled };
  const others = rules.filter((_, index) => index !== known);
  if (countOwn(changes) >= MAX_OWN_RULES && known === -1) return { outcome: 'too-many' };
  const relative = place.before ?? place.after;
  if (relative === undefined) return changed(changes, kind, others.toSpliced(Math.max(known, 0), 0, kept));
  const index = others.findIndex((each) => each.rule_id === relative);
  if (index === -1) return { outcome: 'no-place' };
  return changed(changes, kind, others.toSpliced(place.before === undefined ? index + 1 : index, 0, kept));
}

/** Removes a rule of the user's own (https://spec.matrix.org/v1.19/client-server-api/#delete_matrixclientv3pushrulesglobalkindruleid). */
export function removePushRule(changes: PushRuleChanges, { kind, ruleId }: PushRuleName): PushRuleOutcome {
  const rules = changes.own[kind] ?? [];
  const others = rules.filter((rule) => rule.rule_id !== ruleId);
  if (others.length < rules.length) return changed(changes, kind, others);
  return { outcome: isPredefined({ kind, ruleId }) ? 'predefined' : 'not-found' };
}

/** Sets whether a rule is enabled, or its actions; a predefined one's too. */
export function adjustPushRule(
  changes: PushRuleChanges,
  name: PushRuleName,
  adjustment: { readonly enabled: boolean } | { readonly actions: readonly JsonValue[] },
): PushRuleOutcome {
  const { kind, ruleId } = name;
  const rules = changes.own[kind] ?? [];
  if (rules.some((rule) => rule.rule_id === ruleId)) {
    const adjusted = rules.map((rule) => (rule.rule_id === ruleId ? { ...rule, ...adjustment } : rule));
    return changed(changes, kind, adjusted);
  }
  if (!isPredefined(name)) return { outcome: 'not-found' };
  const predefined = { ...changes.predefined, [ruleId]: { ...changes.predefined[ruleId], ...adjustment } };
  return { outcome: 'changed', changes: { ...changes, predefined } };
}

function changed(changes: PushRuleChanges, kind: PushRuleKind, rules: readonly PushRule[]): PushRuleOutcome {
  return { outcome: 'changed', changes: { ...changes, own: { ...changes.own, [kind]: rules } } };
}

function isPredefined({ kind, ruleId }: PushRuleName): boolean {
  return buildPredefinedPushRules('')[kind].some((rule) => rule.rule_id === ruleId);
}

function countOwn({ own }: PushRuleChanges): number {
  return Object.values(own).reduce((count, rules) => count + rules.length, 0);
}
