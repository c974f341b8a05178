import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import { compilePushRules } from '../src/push-rules/compile-push-rules.ts';
import type { PushContext } from '../src/push-rules/compile-condition.ts';
import { evaluatePushRules } from '../src/push-rules/evaluate-push-rules.ts';
import type { PushEffect } from '../src/push-rules/push-effect.ts';
import { PushEventView } from '../src/push-rules/push-event-view.ts';
import type { PushRule, PushRuleset } from '../src/push-rules/push-rule.ts';
import { buildEvent } from './build-event.ts';

/** Whose rules are evaluated. */
export const ALICE = '@alice:a.example';

/** An event as a test writes it; without anything a message of Bob's that says "hello". */
export interface PushedEvent {
  readonly type?: string;
  readonly sender?: string;
  readonly stateKey?: string;
  readonly content?: JsonObject;
}

export const NO_RULES: PushRuleset = { override: [], content: [], room: [], sender: [], underride: [] };

/** An event as rules look at it. */
export function viewOf(event: PushedEvent): PushEventView {
  const { type = 'm.room.message', sender = '@bob:b.example', content = { msgtype: 'm.text', body: 'hello' } } = event;
  return new PushEventView(buildEvent('11', { type, sender, content, stateKey: event.stateKey }));
}

/** Alice in a room of ten, in which Bob has power level 0 and `@room` takes 50. */
export function contextOf(differences: Partial<PushContext> = {}): PushContext {
  const usual = { displayName: 'Alice', memberCount: 10, senderPowerLevel: 0, requiredNotificationLevel: () => 50 };
  return { userId: ALICE, ...usual, ...differences };
}

/** What the rules say about an event. */
export function evaluate(
  rules: Partial<PushRuleset>,
  event: PushedEvent = {},
  context: Partial<PushContext> = {},
): PushEffect | undefined {
  return evaluatePushRules(compilePushRules({ ...NO_RULES, ...rules }), viewOf(event), contextOf(context));
}

/** A rule of the user's own; it notifies unless told otherwise. */
export function ownRule(ruleId: string, differences: Partial<PushRule> = {}): PushRule {
  const actions: JsonValue[] = ['notify'];
  return { rule_id: ruleId, default: false, enabled: true, actions, ...differences };
}
