import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileServerAcl } from './compile-server-acl.ts';

const allows = (content: JsonObject | undefined, serverName: string) => compileServerAcl(content).allows(serverName);
const denying = (...deny: string[]): JsonObject => ({ allow: ['*'], deny });

describe('compileServerAcl', () => {
  it('allows everybody without an ACL', () => {
    expect(allows(undefined, 'evil.com')).toBe(true);
    expect(allows(undefined, '1.2.3.4')).toBe(true);
  });

  it.each<[string, JsonObject]>([
    ['an empty allow list', { allow: [] }],
    ['no allow list', { deny: [] }],
    ['a redacted ACL', {}],
    ['an allow list of the wrong type', { allow: '*' }],
    ['an allow list without strings', { allow: [1, null, ['*'], { '*': true }] }],
  ])('denies everybody by %s', (_, content) => {
    expect(allows(content, 'good.com')).toBe(false);
  });

  it('denies what is both denied and allowed', () => {
    expect(allows({ allow: ['evil.com'], deny: ['evil.com'] }, 'evil.com')).toBe(false);
  });

  it('denies what no list names', () => {
    expect(allows({ allow: ['good.com'] }, 'other.com')).toBe(false);
  });

  it('ignores case on both sides', () => {
    expect(allows(denying('evil.com'), 'EVIL.com')).toBe(false);
    expect(allows(denying('*.Evil.COM'), 'x.evil.com')).toBe(false);
    expect(allows({ allow: ['GOOD.com'] }, 'good.COM')).toBe(true);
  });

  it('does not take another letter for an ASCII one', () => {
    expect(allows(denying('\u212Aing.com'), 'king.com')).toBe(true);
  });

  it.each([
    ['*.evil.com', 'evil.com', true],
    ['*.evil.com', 'a.evil.com', false],
    ['*.evil.com', 'a.b.evil.com', false],
    ['*evil.com', 'notevil.com', false],
    ['evil.*', 'evil.org', false],
    ['evil.*', 'not.evil.org', true],
    ['evil.?om', 'evil.com', false],
    ['evil.com', 'evil.com.org', true],
    ['evil.com', 'evilxcom', true],
    ['ev[i]l.com', 'evil.com', true],
    ['evil.com:8448', 'evil.com:8448', true],
    ['1.2.*', '1.2.3.4', false],
    ['[2001:*', '[2001:db8::1]:8448', false],
  ])('with %j denied, %s: %s', (pattern, serverName, expected) => {
    expect(allows(denying(pattern), serverName)).toBe(expected);
  });

  it('cuts the port off', () => {
    expect(allows(denying('evil.com'), 'evil.com:8448')).toBe(false);
    expect(allows({ allow: ['good.com'] }, 'good.com:1234')).toBe(true);
  });

  it.each([
    ['1.2.3.4', false],
    ['1.2.3.4:8448', false],
    ['[::1]', false],
    ['[::1]:8448', false],
    ['[2001:db8::1]', false],
    ['1.2.3.4.com', true],
    ['1.2.3', true],
    ['dead.beef', true],
  ])('without IP literals, %s: %s', (serverName, expected) => {
    expect(allows({ allow: ['*'], allow_ip_literals: false }, serverName)).toBe(expected);
  });

  it.each<[JsonValue]>([[true], [null], ['false'], [0], [{}]])(
    'allows IP literals unless told `false`: %j',
    (value) => {
      expect(allows({ allow: ['*'], allow_ip_literals: value }, '1.2.3.4')).toBe(true);
      expect(allows({ allow: ['*'], allow_ip_literals: value }, '[::1]:8448')).toBe(true);
    },
  );

  it('does not let IP literals in that no list allows', () => {
    expect(allows({ allow: ['*.com'], allow_ip_literals: true }, '1.2.3.4')).toBe(false);
  });

  it('skips members that are no strings and keeps the others', () => {
    expect(allows({ allow: [null, '*'], deny: [1, 'evil.com', {}] }, 'evil.com')).toBe(false);
    expect(allows({ allow: [null, '*'], deny: [1, 'evil.com', {}] }, 'good.com')).toBe(true);
  });

  it('takes a deny list of the wrong type for an empty one', () => {
    expect(allows({ allow: ['*'], deny: 'evil.com' }, 'evil.com')).toBe(true);
  });

  it('judges a host of 10 kB by a hostile glob in less than a millisecond', () => {
    const host = 'a'.repeat(10_240);
    const acls = ['?*?**', `${'*a'.repeat(30)}*b`].map((pattern) => compileServerAcl(denying(pattern)));
    const fastest = acls.map((acl) => Math.min(...Array.from({ length: 50 }, () => timeOf(() => acl.allows(host)))));
    expect(acls.map((acl) => acl.allows(host))).toEqual([false, true]);
    expect(Math.max(...fastest)).toBeLessThan(1);
  });

  it('never throws, whatever the content and the name', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('allow', 'deny', 'allow_ip_literals'), fc.jsonValue()),
        fc.string(),
        (content, name) => {
          expect(typeof allows(content as JsonObject, name)).toBe('boolean');
        },
      ),
    );
  });
});

function timeOf(act: () => unknown): number {
  const started = performance.now();
  act();
  return performance.now() - started;
}
