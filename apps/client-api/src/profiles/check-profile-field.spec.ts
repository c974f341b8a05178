import { describe, expect, it } from 'vitest';
import { checkFieldValue, requireFieldName } from './check-profile-field.ts';

describe('requireFieldName', () => {
  it.each(['displayname', 'avatar_url', 'm.tz', 'org.example.key_1'])('takes %s', (keyName) => {
    expect(() => requireFieldName(keyName)).not.toThrow();
  });

  it.each(['nickname', 'M.tz', 'org.example.', '.a', 'a..b', 'org.exämple', '1.a'])('refuses %s', (keyName) => {
    expect(() => requireFieldName(keyName)).toThrow(expect.objectContaining({ errcode: 'M_INVALID_PARAM' }));
  });

  it('refuses a name that is too long', () => {
    expect(() => requireFieldName(`a.${'b'.repeat(253)}`)).not.toThrow();
    expect(() => requireFieldName(`a.${'b'.repeat(254)}`)).toThrow(
      expect.objectContaining({ errcode: 'M_KEY_TOO_LARGE' }),
    );
  });
});

describe('checkFieldValue', () => {
  it.each([
    ['displayname', 'Alice'],
    ['avatar_url', 'mxc://one.example/abc'],
    ['m.tz', 'Europe/Vienna'],
    ['m.tz', 'UTC'],
    ['org.example.any', { a: null }],
    ['org.example.null', null],
  ])('takes %s: %j', (keyName, value) => {
    expect(checkFieldValue(keyName, value)).toEqual(value);
  });

  it('removes what is empty', () => {
    expect(checkFieldValue('displayname', '')).toBeUndefined();
    expect(checkFieldValue('avatar_url', '')).toBeUndefined();
  });

  it.each([
    ['displayname', null],
    ['displayname', 'x'.repeat(257)],
    ['avatar_url', 'https://one.example/abc'],
    ['avatar_url', 5],
    ['m.tz', 'Europe/Atlantis'],
    ['m.tz', '+01:00'],
    ['m.tz', null],
  ])('refuses %s: %j', (keyName, value) => {
    expect(() => checkFieldValue(keyName, value)).toThrow(expect.objectContaining({ errcode: 'M_INVALID_PARAM' }));
  });
});
