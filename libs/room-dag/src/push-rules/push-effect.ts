import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import { isJsonObject } from '@plexus/matrix-base';

/** What the matching rule says to do about an event (https://spec.matrix.org/v1.19/client-server-api/#actions). */
export interface PushEffect {
  readonly ruleId: string;
  /** The actions as clients read them, without the historical ones. */
  readonly actions: readonly JsonValue[];
  /** Whether the event counts as a notification and goes to the user's pushers. */
  readonly notifies: boolean;
  /** Whether it counts as a highlight. */
  readonly highlights: boolean;
  /** The `tweaks` of the request to a push gateway. */
  readonly tweaks: JsonObject;
}

/** Reads the actions of a rule. `dont_notify` and `coalesce` are as if they were not there, and so is what is no action. */
export function readActions(ruleId: string, actions: readonly JsonValue[]): PushEffect {
  const kept = actions.filter((action) => action === 'notify' || isTweak(action));
  const tweaks = Object.fromEntries(kept.filter(isTweak).map(tweakOf));
  return { ruleId, actions: kept, notifies: kept.includes('notify'), highlights: tweaks['highlight'] === true, tweaks };
}

/** Whether an action sets a tweak; tweaks that clients agreed on among themselves included. */
export function isTweak(action: JsonValue): action is JsonObject & { set_tweak: string } {
  return isJsonObject(action) && typeof action['set_tweak'] === 'string';
}

/** A `highlight` without value is `true`. */
function tweakOf({ set_tweak, value }: JsonObject & { set_tweak: string }): [string, JsonValue] {
  return [set_tweak, value ?? (set_tweak === 'highlight' ? true : null)];
}
