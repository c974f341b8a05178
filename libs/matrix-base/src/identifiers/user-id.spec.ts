import { describe, expect, it } from 'vitest';
import { isCompliantUserId, isNewLocalpart, isNewUserId, isUserId } from './user-id.ts';

/** Which of the three grammars accept a text: events (historical), clients outside of events, new users. */
const CASES: [string, { events: boolean; clients: boolean; new: boolean }][] = [
  ['@alice:example.org', { events: true, clients: true, new: true }],
  ['@a1._=-/+:example.org:8448', { events: true, clients: true, new: true }],
  ['@alice:[::1]:8448', { events: true, clients: true, new: true }],
  ['@Alice:example.org', { events: true, clients: true, new: false }],
  ['@!~:example.org', { events: true, clients: true, new: false }],
  ['@:example.org', { events: true, clients: false, new: false }],
  ['@with space:example.org', { events: true, clients: false, new: false }],
  ['@älice:example.org', { events: true, clients: false, new: false }],
  ['@\u{1f600}:example.org', { events: true, clients: false, new: false }],
  ['@tab\t:example.org', { events: true, clients: false, new: false }],
  ['@nul\0:example.org', { events: false, clients: false, new: false }],
  ['@half\ud800:example.org', { events: false, clients: false, new: false }],
  ['@alice', { events: false, clients: false, new: false }],
  ['@alice:', { events: false, clients: false, new: false }],
  ['alice:example.org', { events: false, clients: false, new: false }],
  ['#alice:example.org', { events: false, clients: false, new: false }],
  ['@alice:exa_mple.org', { events: false, clients: false, new: false }],
  ['@alice:example.org:99999', { events: false, clients: false, new: false }],
  ['@al:ice:example.org', { events: false, clients: false, new: false }],
  ['', { events: false, clients: false, new: false }],
];

describe('user ids', () => {
  it.each(CASES)('%j is accepted as %j', (text, accepted) => {
    expect({ events: isUserId(text), clients: isCompliantUserId(text), new: isNewUserId(text) }).toEqual(accepted);
  });

  it('are limited to 255 bytes, not characters', () => {
    const domain = ':example.org';
    expect(isUserId('@' + 'a'.repeat(254 - domain.length) + domain)).toBe(true);
    expect(isUserId('@' + 'a'.repeat(255 - domain.length) + domain)).toBe(false);
    expect(isUserId('@' + 'ä'.repeat(121) + domain)).toBe(true);
    expect(isUserId('@' + 'ä'.repeat(122) + domain)).toBe(false);
  });

  it.each([undefined, null, 7, {}, []])('are strings, not %j', (value) => {
    expect(isUserId(value)).toBe(false);
  });
});

describe('isNewLocalpart', () => {
  it.each(['', 'A', 'ä', 'a b', 'a:b', 'a*'])('refuses %j', (localpart) => {
    expect(isNewLocalpart(localpart)).toBe(false);
  });
});
