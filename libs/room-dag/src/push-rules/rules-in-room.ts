import type { PushRule, PushRuleKind, PushRuleset } from './push-rule.ts';
import { PUSH_RULE_KINDS } from './push-rule.ts';
import { buildPredefinedPushRules } from './predefined-push-rules.ts';
import { readActions } from './push-effect.ts';

/**
 * What a user's rules make of the events of one room. `default`: what the predefined rules do. `highlights`: only what mentions the user, or
 * everybody, as the predefined override rules do. `nothing`: nothing at all. `other`: each event has to be looked at.
 */
export type RulesInRoom = 'default' | 'highlights' | 'nothing' | 'other';

const MASTER = '.m.rule.master';

/** Decides what a user's rules come to in a room, whatever is said there. Sounds and other tweaks do not matter. */
export function rulesInRoom(ruleset: PushRuleset, userId: string, roomId: string): RulesInRoom {
  const rules = effectiveRules(ruleset, roomId);
  const predefined = effectiveRules(buildPredefinedPushRules(userId), roomId);
  const [first] = rules;
  if (first !== undefined && concernsAll(first, roomId) && !notifies(first.rule)) return 'nothing';
  if (isSame(rules, predefined)) return 'default';
  const overrides = predefined.filter(({ kind }) => kind === 'override');
  const [room] = rules.slice(overrides.length);
  const isQuietRoom = room?.kind === 'room' && !notifies(room.rule);
  return isQuietRoom && isSame(rules.slice(0, overrides.length), overrides) ? 'highlights' : 'other';
}

interface EffectiveRule {
  readonly kind: PushRuleKind;
  readonly rule: PushRule;
}

/** Those that are enabled and may match in the room, in their order. */
function effectiveRules(ruleset: PushRuleset, roomId: string): EffectiveRule[] {
  return PUSH_RULE_KINDS.flatMap((kind) =>
    ruleset[kind]
      .filter((rule) => rule.enabled && mayMatchIn(rule, { kind, roomId }))
      .toSorted((a, b) => rank(a) - rank(b))
      .map((rule) => ({ kind, rule })),
  );
}

function rank(rule: PushRule): number {
  if (rule.rule_id === MASTER) return 0;
  return rule.default ? 2 : 1;
}

function mayMatchIn(
  rule: PushRule,
  { kind, roomId }: { readonly kind: PushRuleKind; readonly roomId: string },
): boolean {
  if (kind === 'room') return rule.rule_id === roomId;
  return (rule.conditions ?? []).every((condition) => {
    const { kind: what, key, pattern } = condition;
    const namesRoom = what === 'event_match' && key === 'room_id' && typeof pattern === 'string';
    return !namesRoom || /[*?]/.test(pattern) || pattern.toLowerCase() === roomId.toLowerCase();
  });
}

/** Whether it matches every event of the room. */
function concernsAll({ kind, rule }: EffectiveRule, roomId: string): boolean {
  if (kind !== 'override') return false;
  return (rule.conditions ?? []).every(
    ({ kind: what, key, pattern }) => what === 'event_match' && key === 'room_id' && pattern === roomId,
  );
}

function isSame(some: readonly EffectiveRule[], others: readonly EffectiveRule[]): boolean {
  return (
    some.length === others.length &&
    some.every((one, index) => {
      const other = others[index];
      return other !== undefined && one.kind === other.kind && isSameRule(one.rule, other.rule);
    })
  );
}

function isSameRule(one: PushRule, other: PushRule): boolean {
  const [a, b] = [readActions(one.rule_id, one.actions), readActions(other.rule_id, other.actions)];
  return one.rule_id === other.rule_id && a.notifies === b.notifies && a.highlights === b.highlights;
}

function notifies(rule: PushRule): boolean {
  return readActions(rule.rule_id, rule.actions).notifies;
}
