import type { JsonObject } from '@plexus/matrix-base';
import { PUSH_RULE_KINDS, putPushRule } from '@plexus/room-dag';
import type { PushRuleChanges } from '@plexus/room-dag';

/** A room and the one that replaces it. */
export interface Replacement {
  readonly from: string;
  readonly to: string;
}

/**
 * The rules with those that are named after a room named after its replacement as well, each right before the other. The same value where there
 * is nothing to add.
 */
export function carryPushRules(changes: PushRuleChanges, { from, to }: Replacement): PushRuleChanges {
  return PUSH_RULE_KINDS.reduce((carried, kind) => {
    const rules = carried.own[kind] ?? [];
    const rule = rules.find(({ rule_id: ruleId }) => ruleId === from);
    if (rule === undefined || rules.some(({ rule_id: ruleId }) => ruleId === to)) return carried;
    const conditions = rule.conditions?.map((condition) => forRoom(condition, { from, to }));
    const added = { ...rule, rule_id: to, ...(conditions !== undefined && { conditions }) };
    const put = putPushRule(carried, { kind, rule: added }, { before: from });
    return put.outcome === 'changed' ? put.changes : carried;
  }, changes);
}

function forRoom(condition: JsonObject, { from, to }: Replacement): JsonObject {
  return condition['key'] === 'room_id' && condition['pattern'] === from ? { ...condition, pattern: to } : condition;
}
