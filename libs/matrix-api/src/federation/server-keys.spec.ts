import { SigningKey, signJson } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { describe, expect, it } from 'vitest';
import { checkServerKeys, LONGEST_KEY_VALIDITY_MS } from './server-keys.ts';

const NAME = 'far.example';
const NOW = 1_700_000_000_000;
const current = new SigningKey('ed25519:new', Buffer.alloc(32, 1));
const old = new SigningKey('ed25519:old', Buffer.alloc(32, 2));

const DOCUMENT = {
  server_name: NAME,
  verify_keys: { 'ed25519:new': { key: current.publicKey } },
  old_verify_keys: { 'ed25519:old': { key: old.publicKey, expired_ts: NOW - 5 } },
  valid_until_ts: NOW + 1_000,
};

function check(change: JsonObject, key = current) {
  return checkServerKeys(signJson({ ...DOCUMENT, ...change }, NAME, key), NAME, NOW);
}

describe('checkServerKeys', () => {
  it('gives the keys in use and those that expired', () => {
    expect(check({})).toEqual({
      outcome: 'ok',
      keys: [
        { keyId: 'ed25519:new', publicKey: current.publicKey },
        { keyId: 'ed25519:old', publicKey: old.publicKey, expiredAt: NOW - 5 },
      ],
      validUntil: NOW + 1_000,
    });
  });

  it('believes nobody for longer than seven days', () => {
    expect(check({ valid_until_ts: NOW + 10 * LONGEST_KEY_VALIDITY_MS })).toMatchObject({
      validUntil: NOW + LONGEST_KEY_VALIDITY_MS,
    });
  });

  it('passes over keys of other algorithms and of a wrong length', () => {
    const long = { key: 'A'.repeat(2_000) };
    const others = { 'rsa:1': { key: 'AAAA' }, 'ed25519:x': { key: 'AAAA' }, 'ml-dsa-44:1': long, 'ed25519:y': long };
    const verify_keys = { ...DOCUMENT.verify_keys, ...others };
    expect(check({ verify_keys, old_verify_keys: {} })).toMatchObject({ keys: [{ keyId: 'ed25519:new' }] });
  });

  it.each<[string, JsonObject]>([
    ['another server', { server_name: 'other.example' }],
    ['no keys', { verify_keys: {} }],
    ['a list of keys', { verify_keys: [] }],
    ['no time', { valid_until_ts: 'soon' }],
    ['an expired key without a time', { old_verify_keys: { 'ed25519:old': { key: old.publicKey } } }],
  ])('refuses what is about %s', (_, change) => {
    expect(check(change).outcome).toBe('reject');
  });

  it('refuses what is not signed with a key in use', () => {
    expect(checkServerKeys({ ...DOCUMENT, signatures: {} }, NAME, NOW).outcome).toBe('reject');
    expect(check({}, old).outcome).toBe('reject');
    const forged = { ...signJson(DOCUMENT, NAME, current), valid_until_ts: NOW + 2_000 };
    expect(checkServerKeys(forged, NAME, NOW)).toMatchObject({ outcome: 'reject' });
  });

  it('refuses more keys than a server can need', () => {
    const many = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [`ed25519:k${index}`, { key: old.publicKey, expired_ts: 1 }]),
    );
    expect(check({ old_verify_keys: many }).outcome).toBe('reject');
  });
});
