import { describe, expect, it } from 'vitest';
import { aBuiltEvent, aPduWith, ALL_VERSIONS, rulesOf } from '../../test-support/signed-pdus.ts';
import { checkContentHash, computeContentHash } from './content-hash.ts';
import { EncodedPdu } from './encoded-pdu.ts';

const rules = rulesOf('11');
const { pdu } = aBuiltEvent(rules).event;
const sha256 = computeContentHash(pdu, rules);

describe('the content hash', () => {
  it.each(ALL_VERSIONS)('matches what was built in version %s', (_version, versionRules) => {
    expect(checkContentHash(new EncodedPdu(aBuiltEvent(versionRules).event.pdu, versionRules))).toBe(true);
  });

  it('covers neither signatures nor unsigned nor hashes', () => {
    expect(computeContentHash({ ...pdu, signatures: {}, unsigned: { age: 1 }, hashes: {} }, rules)).toBe(sha256);
  });

  it.each([
    ['content', { body: 'Hello!' }],
    ['depth', 13],
    ['origin', 'a.example'],
    ['any_other_key', null],
  ])('covers %s', (key, value) => {
    expect(checkContentHash(new EncodedPdu(aPduWith(rules, { [key]: value }), rules))).toBe(false);
  });

  it.each([
    ['padded Base64', { sha256: sha256 + '=' }, true],
    ['another algorithm beside it', { sha256, sha512: 'x' }, true],
    ['another hash', { sha256: 'A' + sha256.slice(1) }, sha256.startsWith('A')],
    ['no Base64', { sha256: '*' }, false],
    ['no text', { sha256: 1 }, false],
    ['no object', 'x', false],
  ])('is compared with %s', (_name, hashes, matches) => {
    expect(checkContentHash(new EncodedPdu(aPduWith(rules, { hashes }), rules))).toBe(matches);
  });
});
