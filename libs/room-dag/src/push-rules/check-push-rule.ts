import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import { isJsonObject } from '@plexus/matrix-base';
import { findOwn } from '../auth-rules/own-value.ts';
import { compileCondition, isKnownCondition } from './compile-condition.ts';
import { isTweak } from './push-effect.ts';
import type { PushRule, PushRuleKind } from './push-rule.ts';
import { MAX_PUSH_PATTERN_LENGTH } from './push-rule.ts';

/** A rule that a client may set; `rule` is new, enabled and not predefined. */
export interface ValidPushRule {
  readonly outcome: 'valid';
  readonly rule: PushRule;
}

/** Actions that a client may set. */
export interface ValidPushActions {
  readonly outcome: 'valid';
  readonly actions: readonly JsonValue[];
}

/** What is wrong with a rule, with the error code for the client. */
export interface InvalidPushRule {
  readonly outcome: 'invalid';
  readonly errcode: 'M_INVALID_PARAM' | 'M_MISSING_PARAM' | 'M_BAD_JSON';
  readonly because: string;
}

/** What a client asks to set. */
export interface PushRuleRequest {
  readonly kind: PushRuleKind;
  readonly ruleId: string;
  readonly body: JsonObject;
}

/**
 * Decides whether a client may set a rule of its own
 * (https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3pushrulesglobalkindruleid). Conditions of unknown kinds are kept, as they
 * may be for a later version; conditions of known kinds need their parameters. What a kind of rule does not use is left out.
 */
export function checkPushRule({ kind, ruleId, body }: PushRuleRequest): ValidPushRule | InvalidPushRule {
  const fault = findRuleIdFault(ruleId);
  if (fault !== undefined) return fault;
  const checked = checkPushActions(findOwn(body, 'actions'));
  if (checked.outcome === 'invalid') return checked;
  const rule: PushRule = { rule_id: ruleId, default: false, enabled: true, actions: checked.actions };
  if (kind === 'content') return withPattern(rule, findOwn(body, 'pattern'));
  if (kind === 'override' || kind === 'underride') return withConditions(rule, findOwn(body, 'conditions'));
  return { outcome: 'valid', rule };
}

/** Decides whether a client may give these actions to a rule, a predefined one included. */
export function checkPushActions(actions: JsonValue | undefined): ValidPushActions | InvalidPushRule {
  if (actions === undefined) return invalid('M_MISSING_PARAM', 'actions is missing');
  if (!Array.isArray(actions)) return invalid('M_BAD_JSON', 'actions is not a list');
  if (!actions.every((action) => isAction(action))) return invalid('M_INVALID_PARAM', 'unknown action');
  return { outcome: 'valid', actions };
}

function findRuleIdFault(ruleId: string): InvalidPushRule | undefined {
  if (ruleId === '') return invalid('M_INVALID_PARAM', 'the rule id is empty');
  if (ruleId.startsWith('.')) return invalid('M_INVALID_PARAM', 'rule ids that begin with a dot are predefined');
  if (/[/\\]/.test(ruleId)) return invalid('M_INVALID_PARAM', 'a rule id has no slashes or backslashes');
  return undefined;
}

const ACTIONS: ReadonlySet<JsonValue> = new Set(['notify', 'dont_notify', 'coalesce']);

function isAction(action: JsonValue): boolean {
  return ACTIONS.has(action) || isTweak(action);
}

function withPattern(rule: PushRule, pattern: JsonValue | undefined): ValidPushRule | InvalidPushRule {
  if (pattern === undefined) return invalid('M_MISSING_PARAM', 'a content rule needs a pattern');
  if (typeof pattern !== 'string') return invalid('M_BAD_JSON', 'pattern is not a string');
  if (pattern.length > MAX_PUSH_PATTERN_LENGTH) return invalid('M_INVALID_PARAM', 'pattern is too long');
  return { outcome: 'valid', rule: { ...rule, pattern } };
}

function withConditions(rule: PushRule, conditions: JsonValue | undefined): ValidPushRule | InvalidPushRule {
  if (conditions === undefined) return { outcome: 'valid', rule: { ...rule, conditions: [] } };
  if (!Array.isArray(conditions) || !conditions.every(isJsonObject)) {
    return invalid('M_BAD_JSON', 'conditions is not a list of objects');
  }
  if (!conditions.every(isCondition)) return invalid('M_INVALID_PARAM', 'a condition lacks a valid parameter');
  return { outcome: 'valid', rule: { ...rule, conditions } };
}

function isCondition(condition: JsonObject): boolean {
  const kind = findOwn(condition, 'kind');
  if (typeof kind !== 'string') return false;
  return !isKnownCondition(kind) || compileCondition(condition) !== undefined;
}

function invalid(errcode: InvalidPushRule['errcode'], because: string): InvalidPushRule {
  return { outcome: 'invalid', errcode, because };
}
