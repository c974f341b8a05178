import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { CanonicalJsonError } from '../json/canonical-json.ts';
import type { JsonObject } from '../json/json-value.ts';
import { decodeBase64 } from './base64.ts';
import { SigningKey, verifyEd25519 } from './ed25519.ts';
import { signJson } from './sign-json.ts';
import { verifyJson } from './verify-json.ts';
import type { FindPublicKey } from './verify-json.ts';

/** https://spec.matrix.org/v1.19/appendices/#cryptographic-test-vectors */
const SEED = 'YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1';
const key = keyOf('ed25519:1');
const findKey: FindPublicKey = (entity, keyId) =>
  entity === 'domain' && keyId === 'ed25519:1' ? key.publicKey : undefined;

describe('signJson', () => {
  it.each<[JsonObject, string]>([
    [{}, 'K8280/U9SSy9IVtjBuVeLr+HpOB4BQFWbg+UZaADMtTdGYI7Geitb76LTrr5QV/7Xg4ahLwYGYZzuHGZKM5ZAQ'],
    [{ one: 1, two: 'Two' }, 'KqmLSbO39/Bzb0QIYE82zqLwsA+PDzYIpIRA2sRQ4sL53+sN6/fpNSoqE7BP7vBZhG6kYdD13EIMJpvhJI+6Bw'],
  ])('gives the signature of the specification for %j', (object, signature) => {
    const signed = signJson(object, 'domain', key);
    expect(signed).toEqual({ ...object, signatures: { domain: { 'ed25519:1': signature } } });
    expect(verifyJson(signed, 'domain', findKey)).toEqual({ outcome: 'ok' });
  });

  it('keeps other signatures and unsigned, and covers neither', () => {
    const before = {
      a: 1,
      unsigned: { age: 5 },
      signatures: { other: { 'ed25519:x': 'y' }, domain: { 'ed25519:0': 'z' } },
    };
    const signed = signJson(before, 'domain', key);
    expect(signed.unsigned).toEqual({ age: 5 });
    expect(signed.signatures).toMatchObject({ other: { 'ed25519:x': 'y' }, domain: { 'ed25519:0': 'z' } });
    expect(signed.signatures['domain']).toMatchObject(signJson({ a: 1 }, 'domain', key).signatures['domain'] as object);
    expect(before.signatures.domain).toEqual({ 'ed25519:0': 'z' });
  });

  it('throws for what canonical JSON cannot express', () => {
    expect(() => signJson({ a: 0.5 }, 'domain', key)).toThrow(CanonicalJsonError);
  });
});

describe('verifyJson', () => {
  const signed = signJson({ one: 1 }, 'domain', key);
  const signature = 'K8280/U9SSy9IVtjBuVeLr+HpOB4BQFWbg+UZaADMtTdGYI7Geitb76LTrr5QV/7Xg4ahLwYGYZzuHGZKM5ZAQ';

  it.each<[string, JsonObject, string]>([
    ['a changed object', { ...signed, one: 2 }, 'signature.invalid'],
    ['another entity', signed, 'signature.missing'],
    ['no signatures', { one: 1 }, 'signature.missing'],
    ['signatures of a wrong type', { one: 1, signatures: [] }, 'signature.missing'],
    ['signatures of a wrong type for the entity', { one: 1, signatures: { domain: 'x' } }, 'signature.missing'],
    ['an algorithm that is not known', { one: 1, signatures: { domain: { 'rsa:1': signature } } }, 'signature.missing'],
    ['a signature that is not text', { one: 1, signatures: { domain: { 'ed25519:1': 5 } } }, 'signature.invalid'],
    ['a signature that is not Base64', { one: 1, signatures: { domain: { 'ed25519:1': '*' } } }, 'signature.invalid'],
    ['a short signature', { one: 1, signatures: { domain: { 'ed25519:1': 'Zg' } } }, 'signature.invalid'],
    ['an object with a float', { ...signed, one: 1.5 }, 'signature.json'],
  ])('refuses %s', (name, object, rule) => {
    const entity = name === 'another entity' ? 'elsewhere' : 'domain';
    expect(verifyJson(object, entity, findKey)).toMatchObject({ outcome: 'reject', rule });
  });

  it('cannot decide without a known key, and names the keys that would help', () => {
    expect(verifyJson(signed, 'domain', () => undefined)).toEqual({ outcome: 'unknown-keys', keyIds: ['ed25519:1'] });
  });

  it('passes over unknown keys beside a known one', () => {
    const both = signJson(signed, 'domain', keyOf('ed25519:other'));
    expect(verifyJson(both, 'domain', findKey)).toEqual({ outcome: 'ok' });
  });

  it('refuses one wrong signature among right ones', () => {
    const both = {
      ...signed,
      signatures: { domain: { ...(signed.signatures['domain'] as object), 'ed25519:2': signature } },
    };
    expect(verifyJson(both, 'domain', () => key.publicKey)).toMatchObject({
      outcome: 'reject',
      rule: 'signature.invalid',
    });
  });

  it('does not find a signature by the name of a built-in property', () => {
    expect(verifyJson({ signatures: {} }, 'constructor', () => key.publicKey)).toMatchObject({
      rule: 'signature.missing',
    });
  });
});

describe('SigningKey', () => {
  it('derives the public key of the seed', () => {
    expect(key.publicKey).toBe('XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI');
  });

  it('does not show its secret', () => {
    const shown = inspect(key, { depth: 5, showHidden: true }) + JSON.stringify(key);
    expect(shown).not.toContain(SEED);
    expect(Object.keys(key).sort()).toEqual(['keyId', 'publicKey']);
  });

  it.each(['ed25519', 'ed25519:', 'ed25519:a-b', 'rsa:1', ''])('refuses the key id %j', (keyId) => {
    expect(() => keyOf(keyId)).toThrow(TypeError);
  });

  it('refuses a seed of the wrong length', () => {
    expect(() => new SigningKey('ed25519:1', new Uint8Array(31))).toThrow(TypeError);
  });

  it('signs text as UTF-8', () => {
    expect(key.sign('ä')).toBe(key.sign(Buffer.from('ä')));
  });
});

describe('verifyEd25519', () => {
  it.each(['', '*', 'Zg', SEED + 'AAAA'])('is false for the public key %j', (publicKey) => {
    expect(verifyEd25519({ message: '{}', publicKey, signature: key.sign('{}') })).toBe(false);
  });
});

function keyOf(keyId: string): SigningKey {
  const seed = decodeBase64(SEED);
  if (seed === undefined) throw new Error('the seed is Base64');
  return new SigningKey(keyId, seed);
}
