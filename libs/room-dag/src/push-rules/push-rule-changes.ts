import type { JsonValue } from '@plexus/matrix-base';
import { buildPredefinedPushRules } from './predefined-push-rules.ts';
import type { PushRule, PushRuleKind, PushRuleset } from './push-rule.ts';
import { PUSH_RULE_KINDS } from './push-rule.ts';

/** What a user has made of a predefined rule. */
export interface PredefinedRuleChange {
  readonly enabled?: boolean;
  readonly actions?: readonly JsonValue[];
}

/** How a user's push rules differ from the predefined ones: all that has to be kept of them. */
export interface PushRuleChanges {
  /** The user's own rules, each kind from the most to the least important. */
  readonly own: Readonly<Partial<Record<PushRuleKind, readonly PushRule[]>>>;
  /** By rule id. */
  readonly predefined: Readonly<Record<string, PredefinedRuleChange>>;
}

export const NO_PUSH_RULE_CHANGES: PushRuleChanges = { own: {}, predefined: {} };

const MASTER_RULE_ID = '.m.rule.master';

/**
 * A user's rules as clients read them: of each kind the user's own before the predefined ones, save `.m.rule.master`, which comes first
 * (https://spec.matrix.org/v1.19/client-server-api/#predefined-rules).
 */
export function buildPushRules(userId: string, changes: PushRuleChanges): PushRuleset {
  const predefined = buildPredefinedPushRules(userId);
  const rulesOf = (kind: PushRuleKind): readonly PushRule[] => {
    const own = changes.own[kind] ?? [];
    const given = predefined[kind].map((rule) => withChange(rule, changes.predefined));
    const masters = given.filter(isMaster);
    return [...masters, ...own, ...given.filter((rule) => !isMaster(rule))];
  };
  const [override, content, room, sender, underride] = PUSH_RULE_KINDS.map(rulesOf);
  return {
    override: override ?? [],
    content: content ?? [],
    room: room ?? [],
    sender: sender ?? [],
    underride: underride ?? [],
  };
}

function withChange(rule: PushRule, changes: PushRuleChanges['predefined']): PushRule {
  const change = Object.hasOwn(changes, rule.rule_id) ? changes[rule.rule_id] : undefined;
  return { ...rule, ...change };
}

function isMaster({ rule_id: ruleId }: PushRule): boolean {
  return ruleId === MASTER_RULE_ID;
}
