import { createHmac } from 'node:crypto';
import type { PolicyVersion } from '@plexus/storage';
import { describe, expect, it } from 'vitest';
import { chooseLanguage } from './choose-language.ts';
import { baseUrlOf, buildConsentUri, buildPolicyUri, isSignedUser, signUser } from './consent-links.ts';
import { findCurrentVersion, findRequiredVersion, hasAgreedTo } from './policy-versions.ts';
import { substituteConsentUri, substituteInContent } from './substitute-consent-uri.ts';

const key = Buffer.alloc(32, 7);

function version(versionNid: number, effectiveAt: number, blockAt?: number): PolicyVersion {
  const version = `v${versionNid}`;
  return {
    versionNid,
    version,
    effectiveAt,
    publishedAt: 0,
    languages: ['en'],
    ...(blockAt !== undefined && { blockAt }),
  };
}

describe('versions of a policy', () => {
  const versions = [version(1, 10, 15), version(2, 20), version(3, 30, 45)];

  it.each([
    [9, undefined, undefined],
    [10, 1, undefined],
    [15, 1, 1],
    [20, 2, 1],
    [44, 3, 1],
    [45, 3, 3],
  ])('at %i shows version %s and requires version %s', (now, current, required) => {
    expect(findCurrentVersion({ versions }, now)?.versionNid).toBe(current);
    expect(findRequiredVersion({ versions }, now)?.versionNid).toBe(required);
  });

  it('does not require what is not effective yet, though its date has come', () => {
    expect(findRequiredVersion({ versions: [version(1, 30, 20)] }, 25)).toBeUndefined();
  });

  it('takes consent to a later version for consent to an earlier one, of the same policy only', () => {
    expect(hasAgreedTo({ versionNid: 2 }, { policyNid: 1 }, [{ policyNid: 1, versionNid: 3 }])).toBe(true);
    expect(hasAgreedTo({ versionNid: 2 }, { policyNid: 1 }, [{ policyNid: 1, versionNid: 1 }])).toBe(false);
    expect(hasAgreedTo({ versionNid: 2 }, { policyNid: 1 }, [{ policyNid: 2, versionNid: 3 }])).toBe(false);
  });
});

describe('links', () => {
  it('sign the localpart as it stands in the link', () => {
    const uri = new URL(buildConsentUri({ baseUrl: 'https://m.example/', key, userId: '@a=b+c/d:one.example' }));
    expect(uri.origin + uri.pathname).toBe('https://m.example/_matrix/consent');
    expect(uri.searchParams.get('u')).toBe('a=b+c/d');
    expect(uri.searchParams.get('h')).toBe(createHmac('sha256', key).update('a=b+c/d').digest('hex'));
  });

  it('name a version, and the policy where there are several', () => {
    expect(buildPolicyUri('https://m.example', { version: '1.0' })).toBe('https://m.example/_matrix/consent?v=1.0');
    expect(buildPolicyUri('https://m.example', { version: '1.0', policy: 'terms' })).toMatch(/v=1\.0&p=terms$/);
  });

  it('lead to the public URL, else to the server’s name', () => {
    expect(baseUrlOf({ serverName: 'one.example', settings: {} })).toBe('https://one.example');
    expect(baseUrlOf({ serverName: 'one.example', settings: { publicBaseUrl: 'http://m.example' } })).toBe(
      'http://m.example',
    );
  });

  it('are believed with their own signature only', () => {
    const signature = signUser(key, 'alice');
    expect(isSignedUser(key, 'alice', signature)).toBe(true);
    expect(isSignedUser(key, 'bob', signature)).toBe(false);
    expect(isSignedUser(key, 'alice', signature.toUpperCase())).toBe(false);
    expect(isSignedUser(key, 'alice', signature.slice(1))).toBe(false);
    expect(isSignedUser(Buffer.alloc(32, 8), 'alice', signature)).toBe(false);
  });
});

describe('substituteConsentUri', () => {
  it.each([
    ['Agree at %(consent_uri)s.', 'Agree at URI.'],
    ['100 %, 100 %%, %(other)s, %', '100 %, 100 %, %(other)s, %'],
    ['%%(consent_uri)s', '%(consent_uri)s'],
    ['%(consent_uri)s%(consent_uri)s', 'URIURI'],
  ])('makes %j to %j', (text, expected) => {
    expect(substituteConsentUri(text, 'URI')).toBe(expected);
  });

  it('does not read the link itself', () => {
    expect(substituteConsentUri('%(consent_uri)s', '$& %%')).toBe('$& %%');
  });

  it('goes into every string of a content', () => {
    const content = { body: 'a %(consent_uri)s', n: 1, deep: [{ x: '%(consent_uri)s' }, null, true] };
    expect(substituteInContent(content, 'URI')).toEqual({ body: 'a URI', n: 1, deep: [{ x: 'URI' }, null, true] });
  });
});

describe('chooseLanguage', () => {
  it.each([
    [['de', 'en'], ['fr', 'de'], 'de'],
    [['de', 'en'], ['de-at'], 'de'],
    [['pt-BR', 'pt'], ['pt-br'], 'pt-BR'],
    [['de', 'en'], ['fr'], 'en'],
    [['fr', 'de'], [], 'fr'],
    [[], ['en'], undefined],
  ])('of %j for %j takes %s', (available, wanted, expected) => {
    expect(chooseLanguage(available, wanted)).toBe(expected);
  });
});
