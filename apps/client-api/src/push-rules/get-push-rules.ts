import { MatrixError } from '@plexus/matrix-base';
import type { PushRule, PushRuleName, PushRuleset } from '@plexus/room-dag';
import type { Requester } from '@plexus/service-shell';
import type { StoredPushRules } from '@plexus/user-streams';

/** Reads push rules (https://spec.matrix.org/v1.19/client-server-api/#push-rules-api). */
export class GetPushRules {
  readonly #rules: StoredPushRules;

  constructor(rules: StoredPushRules) {
    this.#rules = rules;
  }

  async all({ userId }: Requester): Promise<PushRuleset> {
    return await this.#rules.findRules(userId);
  }

  /** Throws 404 for a rule that the user does not have. */
  async one({ userId }: Requester, { kind, ruleId }: PushRuleName): Promise<PushRule> {
    const rules = await this.#rules.findRules(userId);
    const found = rules[kind].find((rule) => rule.rule_id === ruleId);
    if (found === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'No such push rule');
    return found;
  }
}
