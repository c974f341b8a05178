import { describe, expect, it } from 'vitest';
import { isRoomAlias } from './room-alias.ts';

describe('isRoomAlias', () => {
  it.each(['#room:example.org', '#raum und zeit:example.org:8448', '#日本:example.org', '#:example.org'])(
    'accepts %s',
    (text) => {
      expect(isRoomAlias(text)).toBe(true);
    },
  );

  it.each([
    '#room',
    '!room:example.org',
    '#a\0b:example.org',
    '#room:',
    '#room:ex ample',
    `#${'a'.repeat(255)}:a`,
    undefined,
  ])('refuses %j', (text) => {
    expect(isRoomAlias(text)).toBe(false);
  });
});
