import type { PushContext } from './compile-condition.ts';
import type { CompiledPushRules } from './compile-push-rules.ts';
import type { PushEffect } from './push-effect.ts';
import type { PushEventView } from './push-event-view.ts';

/**
 * Decides what an event means for a user: the actions of the most important rule that matches
 * (https://spec.matrix.org/v1.19/client-server-api/#push-rules). Gives nothing when no rule matches, and for the user's own events; then the
 * user is not notified. A matching rule need not notify either: see `PushEffect.notifies`.
 *
 * The caller gives the room's facts as they are when the event comes, and asks only for users who can see it.
 */
export function evaluatePushRules(
  { rules }: CompiledPushRules,
  event: PushEventView,
  context: PushContext,
): PushEffect | undefined {
  if (event.sender === context.userId) return undefined;
  return rules.find(({ conditions }) => conditions.every((condition) => condition(event, context)))?.effect;
}
