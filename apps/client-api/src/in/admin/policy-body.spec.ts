import type { Consent } from '@plexus/storage';
import { expect, it } from 'vitest';
import { csvOfConsent } from './policy-body.ts';

const CONSENT: Consent = {
  userId: '@a:one.example',
  policyNid: 1,
  policy: 'privacy_policy',
  versionNid: 2,
  version: '1.0',
  textSha256: Buffer.alloc(2, 0xab),
  acceptedAt: Date.UTC(2026, 10, 28),
  address: '192.0.2.1',
  way: 'page',
};

it.each([
  ['1.0', '1.0'],
  ['1,0 "a"', '"1,0 ""a"""'],
  ['=1+1', "'=1+1"],
  ['a\nb', '"a\nb"'],
])('writes the version %j as %j', (version, expected) => {
  const line = `@a:one.example,privacy_policy,${expected},,abab,2026-11-28T00:00:00.000Z,192.0.2.1,page\r\n`;
  expect(csvOfConsent({ ...CONSENT, version })).toBe(line);
});
