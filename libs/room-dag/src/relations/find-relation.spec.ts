import { describe, expect, it } from 'vitest';
import { findRelation } from './find-relation.ts';

const PARENT = `$${'p'.repeat(43)}`;

describe('findRelation', () => {
  it('reads the type, the parent and the key', () => {
    const content = { 'm.relates_to': { rel_type: 'm.annotation', event_id: PARENT, key: '👍' } };
    expect(findRelation(content)).toEqual({ relationType: 'm.annotation', parentEventId: PARENT, key: '👍' });
    expect(findRelation({ 'm.relates_to': { rel_type: 'm.thread', event_id: PARENT, key: 7 } })?.key).toBeUndefined();
  });

  it.each([
    ['nothing', {}],
    ['a text', { 'm.relates_to': 'x' }],
    ['a reply', { 'm.relates_to': { 'm.in_reply_to': { event_id: PARENT } } }],
    ['no parent', { 'm.relates_to': { rel_type: 'm.thread' } }],
    ['what is no event id', { 'm.relates_to': { rel_type: 'm.thread', event_id: 'x' } }],
    ['an empty type', { 'm.relates_to': { rel_type: '', event_id: PARENT } }],
    ['an overlong type', { 'm.relates_to': { rel_type: 'x'.repeat(256), event_id: PARENT } }],
    ['a type that no database keeps', { 'm.relates_to': { rel_type: 'x\0', event_id: PARENT } }],
    ['what every object inherits', Object.create({ 'm.relates_to': { rel_type: 'm.thread', event_id: PARENT } })],
  ])('finds none in %s', (_what, content) => {
    expect(findRelation(content)).toBeUndefined();
  });
});
