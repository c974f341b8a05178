import type { JsonObject, JsonValue } from '@plexus/matrix-base';

/** The kinds of push rules in the order in which they are checked (https://spec.matrix.org/v1.19/client-server-api/#push-rules). */
export const PUSH_RULE_KINDS = ['override', 'content', 'room', 'sender', 'underride'] as const;

export type PushRuleKind = (typeof PUSH_RULE_KINDS)[number];

/** A push rule as clients write and read it. What a rule holds beyond what is understood is kept: conditions to come, tweaks. */
export interface PushRule {
  readonly rule_id: string;
  /** Whether it is predefined. */
  readonly default: boolean;
  readonly enabled: boolean;
  readonly actions: readonly JsonValue[];
  /** `override` and `underride` only. */
  readonly conditions?: readonly JsonObject[];
  /** `content` only. */
  readonly pattern?: string;
}

/** A user's rules, each kind from the most to the least important. */
export type PushRuleset = Readonly<Record<PushRuleKind, readonly PushRule[]>>;

/** A longer pattern is refused when a rule is set, and matches nothing, so that matching an event stays short. */
export const MAX_PUSH_PATTERN_LENGTH = 1_024;
