import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALICE, contextOf, evaluate, ownRule, viewOf } from '../../test-support/push-room.ts';
import type { PushContext } from './compile-condition.ts';
import { compileCondition } from './compile-condition.ts';

/** Whether a rule with this one condition matches a message with this content. */
function holds(condition: JsonObject, content: JsonObject = {}, context: Partial<PushContext> = {}): boolean {
  return evaluate({ override: [ownRule('x', { conditions: [condition] })] }, { content }, context) !== undefined;
}

const match = (key: string, pattern: JsonValue): JsonObject => ({ kind: 'event_match', key, pattern });
const is = (key: string, value: JsonValue): JsonObject => ({ kind: 'event_property_is', key, value });
const contains = (key: string, value: JsonValue): JsonObject => ({ kind: 'event_property_contains', key, value });

describe('event_match', () => {
  it.each<[string, JsonValue, boolean]>([
    ['lunc?*', 'Lunch plans', true],
    ['lunc?*', 'LUNCH', true],
    ['lunc?*', ' lunch', false],
    ['lunc?*', 'lunc', false],
    ['lunc?*', null, false],
    ['*', null, false],
    ['*', 1, false],
    ['*', ['x'], false],
    ['*', {}, false],
    ['*', '', true],
    ['', '', true],
    ['LUNCH', 'lunch', true],
    ['ÄRGER', 'ärger', true],
    ['lunch', 'my lunch', false],
  ])('%j against a topic %j: %s', (pattern, topic, expected) => {
    expect(holds(match('content.topic', pattern), { topic })).toBe(expected);
  });

  it('does not match an absent property', () => {
    expect(holds(match('content.topic', '*'))).toBe(false);
    expect(holds(match('content.topic.deeper', '*'), { topic: 'x' })).toBe(false);
    expect(holds(match('content.constructor.name', '*'))).toBe(false);
    expect(holds(match('state_key', '*'))).toBe(false);
  });

  it.each([
    ['ex*ple', 'An example event.', true],
    ['ex*ple', 'An exciting triple-whammy', true],
    ['CAKE', 'a piece of cake!', true],
    ['cake', 'pancake', false],
  ])('%j in the body %j: %s', (pattern, body, expected) => {
    expect(holds(match('content.body', pattern), { body })).toBe(expected);
  });

  it('looks for words in content.body only', () => {
    expect(holds(match('content.format', 'cake'), { format: 'a cake' })).toBe(false);
    expect(holds(match('content.x.content.body', 'cake'), { x: { content: { body: 'a cake' } } })).toBe(false);
  });

  it.each([
    ['type', 'm.room.message'],
    ['sender', '@bob:b.example'],
    ['room_id', '!room:a.example'],
    ['event_id', '$event:a.example'],
  ])('matches the %s', (key, pattern) => {
    expect(holds(match(key, pattern))).toBe(true);
    expect(holds(match(key, 'x'))).toBe(false);
  });

  it.each([
    ['content.m\\.relates_to.rel_type', { 'm.relates_to': { rel_type: 'x' } }],
    ['content.m\\\\foo', { 'm\\foo': 'x' }],
    ['content.m\\foo', { 'm\\foo': 'x' }],
    ['content.m\\', { 'm\\': 'x' }],
    ['content.\\\\\\.', { '\\.': 'x' }],
    ['content.', { '': 'x' }],
  ])('finds the property %s', (key, content) => {
    expect(holds(match(key, 'x'), content)).toBe(true);
  });

  it('does not split a name at a dot that is not escaped in the path', () => {
    expect(holds(match('content.m.relates_to', 'x'), { 'm.relates_to': 'x' })).toBe(false);
  });

  it.each([[{ kind: 'event_match', pattern: 'x' }], [{ kind: 'event_match', key: 'type' }], [match('type', 1)]])(
    'never holds without its parameters: %j',
    (condition) => {
      expect(compileCondition(condition)).toBeUndefined();
      expect(holds(condition)).toBe(false);
    },
  );

  it('never holds with a pattern beyond the limit', () => {
    expect(compileCondition(match('type', '*'.repeat(1_025)))).toBeUndefined();
    expect(holds(match('type', '*'.repeat(1_024)))).toBe(true);
  });
});

describe('event_property_is', () => {
  it.each<[JsonValue, JsonValue, boolean]>([
    [true, true, true],
    [true, 'true', false],
    [true, 1, false],
    ['x', 'x', true],
    ['x', 'X', false],
    ['x*', 'xy', false],
    [1, 1, true],
    [1, '1', false],
    [null, null, true],
    [null, false, false],
    ['x', ['x'], false],
    ['x', {}, false],
  ])('value %j against a property %j: %s', (value, property, expected) => {
    expect(holds(is('content.p', value), { p: property })).toBe(expected);
  });

  it('does not hold for an absent property, not even for null', () => {
    expect(holds(is('content.p', null))).toBe(false);
  });

  it.each<[JsonValue]>([[1.5], [2 ** 53], [[]], [{}]])('never holds for the value %j', (value) => {
    expect(compileCondition(is('content.p', value))).toBeUndefined();
    expect(holds(is('content.p', value), { p: value })).toBe(false);
  });

  it('never holds without a value', () => {
    expect(compileCondition({ kind: 'event_property_is', key: 'content.p' })).toBeUndefined();
  });
});

describe('event_property_contains', () => {
  const aliases = ['#somewhere:example.org', '#myroom:example.com', 7, null, true];

  it.each<[JsonValue, boolean]>([
    ['#myroom:example.com', true],
    [':example.com', false],
    ['#MYROOM:example.com', false],
    [7, true],
    ['7', false],
    [null, true],
    [true, true],
    [false, false],
  ])('value %j: %s', (value, expected) => {
    expect(holds(contains('content.alt_aliases', value), { alt_aliases: aliases })).toBe(expected);
  });

  it('does not hold for what is no list or absent', () => {
    expect(holds(contains('content.alias', '#a:b'), { alias: '#a:b' })).toBe(false);
    expect(holds(contains('content.alias', 'x'))).toBe(false);
    expect(holds(contains('content.alias', 'x'), { alias: [['x'], { x: 'x' }] })).toBe(false);
  });
});

describe('contains_display_name', () => {
  const condition = { kind: 'contains_display_name' };

  it.each<[string | undefined, string, boolean]>([
    ['Alice', 'hello alice!', true],
    ['Alice', 'malice', false],
    ['Alice Liddell', 'is Alice Liddell in?', true],
    ['*', 'hello', false],
    ['A?ice', 'Alice', false],
    ['A?ice', 'hi A?ice', true],
    ['', 'hello', false],
    [undefined, 'hello', false],
    ['a'.repeat(1_025), 'a'.repeat(1_025), false],
  ])('name %j in %j: %s', (displayName, body, expected) => {
    expect(holds(condition, { body }, { displayName })).toBe(expected);
  });

  it('does not hold without a body', () => {
    expect(holds(condition, {})).toBe(false);
    expect(holds(condition, { body: ['Alice'] })).toBe(false);
  });
});

describe('room_member_count', () => {
  it.each([
    ['2', [2]],
    ['==2', [2]],
    ['<2', [0, 1]],
    ['>2', [3, 4]],
    ['<=2', [0, 1, 2]],
    ['>=2', [2, 3, 4]],
    ['002', [2]],
  ])('%s holds for %j', (text, expected) => {
    const condition = { kind: 'room_member_count', is: text };
    const held = [0, 1, 2, 3, 4].filter((memberCount) => holds(condition, {}, { memberCount }));
    expect(held).toEqual(expected);
  });

  it.each<[JsonValue]>([['=2'], ['two'], [' 2'], ['2 '], ['-1'], ['1.5'], [''], ['=>2'], [2], [null]])(
    'never holds for %j',
    (text) => {
      expect(compileCondition({ kind: 'room_member_count', is: text })).toBeUndefined();
    },
  );
});

describe('sender_notification_permission', () => {
  const condition = { kind: 'sender_notification_permission', key: 'room' };

  it.each([
    [49, 50, false],
    [50, 50, true],
    [Infinity, 2 ** 53 - 1, true],
    [-1, 0, false],
    [100, NaN, false],
    [NaN, 0, false],
  ])('level %d where %d is required: %s', (senderPowerLevel, required, expected) => {
    expect(holds(condition, {}, { senderPowerLevel, requiredNotificationLevel: () => required })).toBe(expected);
  });

  it('asks for the level of its key', () => {
    const context = { requiredNotificationLevel: (key: string) => (key === 'room' ? 50 : 0) };
    expect(holds(condition, {}, context)).toBe(false);
    expect(holds({ ...condition, key: 'other' }, {}, context)).toBe(true);
    expect(compileCondition({ kind: 'sender_notification_permission' })).toBeUndefined();
  });
});

describe('compileCondition', () => {
  it.each<[JsonObject]>([[{ kind: 'device' }], [{ kind: 'toString' }], [{ kind: 1 }], [{}]])(
    'never holds when unrecognized: %j',
    (condition) => {
      expect(compileCondition(condition)).toBeUndefined();
      expect(holds(condition)).toBe(false);
    },
  );

  it('never throws, whatever the condition and the content', () => {
    const kind = fc.constantFrom(
      'event_match',
      'event_property_is',
      'event_property_contains',
      'room_member_count',
      'x',
    );
    const condition = fc.record(
      {
        kind,
        key: fc.oneof(fc.string(), fc.constant('content.body')),
        pattern: fc.jsonValue(),
        value: fc.jsonValue(),
        is: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        condition,
        fc.dictionary(fc.constantFrom('body', 'm.mentions'), fc.jsonValue()),
        (condition, content) => {
          const compiled = compileCondition(condition as JsonObject);
          const held = compiled?.(viewOf({ content: content as JsonObject }), contextOf({ userId: ALICE })) ?? false;
          expect(typeof held).toBe('boolean');
        },
      ),
    );
  });
});
