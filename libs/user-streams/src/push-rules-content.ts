import { buildPushRules, NO_PUSH_RULE_CHANGES } from '@plexus/room-dag';
import type { PushRuleChanges, PushRuleset } from '@plexus/room-dag';

/** The type of account data under which a user's push rules are kept: not the rules, but how they differ from the predefined ones. */
export const PUSH_RULES_TYPE = 'm.push_rules';

/** What is stored under `m.push_rules`, read. */
export function readPushRuleChanges(stored: string | undefined): PushRuleChanges {
  if (stored === undefined || stored === '') return NO_PUSH_RULE_CHANGES;
  return JSON.parse(stored) as PushRuleChanges;
}

/** The rules of a user, from what is stored. */
export function readPushRules(userId: string, stored: string | undefined): PushRuleset {
  return buildPushRules(userId, readPushRuleChanges(stored));
}

/** The content of `m.push_rules` as clients read it (https://spec.matrix.org/v1.19/client-server-api/#mpush_rules). */
export function pushRulesContent(userId: string, stored: string | undefined): string {
  return JSON.stringify({ global: readPushRules(userId, stored) });
}
