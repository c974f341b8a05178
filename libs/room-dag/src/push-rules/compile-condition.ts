import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import { compileGlob, compileLiteral } from '../glob/compile-glob.ts';
import { parsePropertyPath } from './property-path.ts';
import type { EventProperty, PushEventView } from './push-event-view.ts';
import { foldCase } from './push-event-view.ts';
import { MAX_PUSH_PATTERN_LENGTH } from './push-rule.ts';

/** What conditions ask about beyond the event: the user whose rules they are, and the room when the event came. */
export interface PushContext {
  readonly userId: string;
  /** The user's display name in the room. */
  readonly displayName: string | undefined;
  /** Joined members of the room. */
  readonly memberCount: number;
  /** The power level of the event's sender; `Infinity` for a creator from room version 12 on. */
  readonly senderPowerLevel: number;
  /** The level under `notifications` of the room's power levels, 50 if it says nothing. */
  requiredNotificationLevel(key: string): number;
}

/** Whether a condition holds for an event. */
export type Condition = (event: PushEventView, context: PushContext) => boolean;

/**
 * Prepares a condition of an `override` or `underride` rule (https://spec.matrix.org/v1.19/client-server-api/#conditions-1). Gives nothing
 * for a condition that is unknown or lacks a parameter: such a condition holds for no event.
 */
export function compileCondition(condition: JsonObject): Condition | undefined {
  const compile = typeof condition['kind'] === 'string' ? COMPILERS.get(condition['kind']) : undefined;
  return compile?.(condition);
}

/** Whether a condition is one of those above; others are kept and never hold. */
export function isKnownCondition(kind: string): boolean {
  return COMPILERS.has(kind);
}

/** The condition that a text property matches a glob, without case: within `content.body` as words, else the whole of it. */
export function compileEventMatch(key: string, pattern: string): Condition | undefined {
  if (pattern.length > MAX_PUSH_PATTERN_LENGTH) return undefined;
  const property = propertyOf(key);
  const glob = compileGlob(foldCase(pattern));
  const matches = key === BODY.key ? glob.matchesWords : glob.matches;
  return (event) => {
    const text = event.findFolded(property);
    return text !== undefined && matches(text);
  };
}

const BODY: EventProperty = propertyOf('content.body');

const COMPILERS: ReadonlyMap<string, (condition: JsonObject) => Condition | undefined> = new Map([
  ['event_match', ({ key, pattern }) => (isText(key) && isText(pattern) ? compileEventMatch(key, pattern) : undefined)],
  ['event_property_is', compilePropertyIs],
  ['event_property_contains', compilePropertyContains],
  ['contains_display_name', () => containsDisplayName],
  ['room_member_count', ({ is }) => (isText(is) ? compileMemberCount(is) : undefined)],
  ['sender_notification_permission', compileNotificationPermission],
]);

function propertyOf(key: string): EventProperty {
  return { key, names: parsePropertyPath(key) };
}

function compilePropertyIs({ key, value }: JsonObject): Condition | undefined {
  if (!isText(key) || !isScalar(value)) return undefined;
  const property = propertyOf(key);
  return (event) => event.find(property) === value;
}

function compilePropertyContains({ key, value }: JsonObject): Condition | undefined {
  if (!isText(key) || !isScalar(value)) return undefined;
  const property = propertyOf(key);
  return (event) => {
    const list = event.find(property);
    return Array.isArray(list) && list.includes(value);
  };
}

/** @NOTE The name is no pattern: a user called `*` is not mentioned by every message. */
function containsDisplayName(event: PushEventView, { displayName }: PushContext): boolean {
  const body = event.findFolded(BODY);
  if (body === undefined || displayName === undefined || displayName === '') return false;
  if (displayName.length > MAX_PUSH_PATTERN_LENGTH) return false;
  return compileLiteral(foldCase(displayName)).matchesWords(body);
}

const MEMBER_COUNT = /^(==|<=|>=|<|>)?([0-9]+)$/;

function compileMemberCount(is: string): Condition | undefined {
  const [, comparison = '==', digits] = MEMBER_COUNT.exec(is) ?? [];
  if (digits === undefined) return undefined;
  const compare = COMPARISONS.get(comparison);
  const bound = Number(digits);
  return compare && ((_, { memberCount }) => compare(memberCount, bound));
}

const COMPARISONS: ReadonlyMap<string, (count: number, bound: number) => boolean> = new Map([
  ['==', (count, bound) => count === bound],
  ['<', (count, bound) => count < bound],
  ['>', (count, bound) => count > bound],
  ['<=', (count, bound) => count <= bound],
  ['>=', (count, bound) => count >= bound],
]);

/** @NOTE Levels may be `NaN` in old rooms; then the comparison is false and nobody is notified. */
function compileNotificationPermission({ key }: JsonObject): Condition | undefined {
  if (!isText(key)) return undefined;
  return (_, context) => context.senderPowerLevel >= context.requiredNotificationLevel(key);
}

function isText(value: JsonValue | undefined): value is string {
  return typeof value === 'string';
}

/** The values that the specification lets conditions compare: text, integers in the canonical range, booleans, `null`. */
function isScalar(value: JsonValue | undefined): value is string | number | boolean | null {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return true;
  return Number.isSafeInteger(value);
}
