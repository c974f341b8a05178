import { createHash } from 'node:crypto';
import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { signUser } from '@plexus/policies';
import { createLogger, loadConfigText, readEnvironment, startService } from '@plexus/service-shell';
import type { RunningService } from '@plexus/service-shell';
import { FakeAccounts, FakeHostedServers, FakePolicies } from '@plexus/testing';
import type { PolicyDocument } from '@plexus/storage';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConsentModule } from '../consent.module.ts';

const PATH = '/_matrix/consent';
const KEYS = new Map([
  ['one.example', Buffer.alloc(32, 1)],
  ['two.example', Buffer.alloc(32, 2)],
]);
const SETTINGS = {
  title: 'Privacy Policy',
  isRequiredAtRegistration: false,
  notifiesGuests: false,
  origin: 'admin-api',
} as const;
const CONFIG = `
servers: []
log: { level: fatal }
listeners: [{ port: 0, bind_addresses: [127.0.0.1], trusted_proxies: [127.0.0.1] }]
`;

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let service: RunningService;
let policies: FakePolicies;
let policyNid: number;
const accounts = new FakeAccounts();

beforeAll(async () => {
  const servers = new FakeHostedServers([...KEYS.keys()]);
  for (const userId of ['@alice:one.example', '@alice:two.example', '@a=b/c:one.example'])
    await accounts.addUser({ userId, passwordHash: undefined });
  await accounts.addUser({ userId: '@hans:one.example', passwordHash: undefined, language: 'de-at' });
  service = await startService({
    name: 'consent',
    config: loadConfigText(CONFIG, readEnvironment({})),
    apis: ['consent'],
    module: (shell) =>
      ConsentModule.over(shell, {
        servers,
        keys: { findConsentKey: async (serverName) => KEYS.get(serverName) },
        users: accounts,
        policies: { policiesOf: (name) => policies.policiesOf(name), list: () => policies.list() },
        documents: { findDocuments: (nid) => policies.findDocuments(nid) },
        consents: {
          storeConsent: (...consent) => policies.storeConsent(...consent),
          findConsents: (userId) => policies.findConsents(userId),
          findRequired: (userId) => policies.findRequired(userId),
          listConsents: (...page) => policies.listConsents(...page),
        },
        clock: { now: () => Date.now() },
      }),
    logger: createLogger({ service: 'consent', level: 'fatal' }),
  });
});
afterAll(() => service.stop());

beforeEach(async () => {
  policies = new FakePolicies();
  ({ policyNid } = await policies.storePolicy({ ...SETTINGS, serverName: '', name: 'privacy_policy' }));
  await publish('1.0', [markdown('en', '# Rules\n\nBe *kind*.'), markdown('de', '# Regeln')]);
});

function markdown(language: string, source: string, purpose: PolicyDocument['purpose'] = 'policy'): PolicyDocument {
  return { language, purpose, format: 'markdown', source, sha256: createHash('sha256').update(source).digest() };
}

function publish(
  version: string,
  documents: readonly PolicyDocument[],
  effectiveAt = Date.now() - 1,
): Promise<unknown> {
  return policies.publishVersion(policyNid, { version, documents, effectiveAt });
}

function linkOf(user: string, more: Readonly<Record<string, string>> = {}, server = 'one.example'): string {
  const key = KEYS.get(server) ?? Buffer.alloc(0);
  return new URLSearchParams({ u: user, h: signUser(key, user), ...more }).toString();
}

interface Call {
  readonly host?: string;
  readonly form?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function call(query: string, { host = 'one.example', form, headers = {} }: Call = {}): Promise<Answer> {
  const port = service.listeners[0]?.addresses[0]?.port ?? 0;
  const method = form === undefined ? 'GET' : 'POST';
  const type = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path: `${PATH}${query}`,
        agent: false,
        headers: { Host: host, ...type, ...headers },
      },
      (response) => {
        text(response).then(
          (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
          reject,
        );
      },
    );
    sent.on('error', reject);
    sent.end(form);
  });
}

function errorOf({ status, body }: Answer): [number, string, string] {
  const { errcode, error } = JSON.parse(body) as { errcode: string; error: string };
  return [status, errcode, error];
}

describe('GET', () => {
  it('shows the text to everybody, and asks nobody in particular to agree', async () => {
    const { status, body, headers } = await call('');
    expect(status).toBe(200);
    expect(body).toContain('Be <em>kind</em>.');
    expect(body).not.toContain('<form');
    expect(headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; form-action 'self';/);
    expect(headers['content-security-policy']).not.toMatch(/script-src|unsafe/);
  });

  it.each([{}, { Accept: 'text/html' }])('keeps refusals out of every cache too, asked with %o', async (headers) => {
    const { status, headers: answered } = await call('?v=none', { headers });
    expect([status, answered['cache-control']]).toEqual([404, 'no-store']);
    const elsewhere = await call('', { host: 'nobody.example', headers });
    expect([elsewhere.status, elsewhere.headers['cache-control']]).toEqual([404, 'no-store']);
  });

  it('has one heading of the first rank, above those of the text', async () => {
    const { body } = await call('');
    expect(body.match(/<h1>/g)).toHaveLength(1);
    expect(body).toContain('<h1>Privacy Policy</h1>');
    expect(body).toContain('<h2>Rules</h2>');
  });

  it('applies the very style that its policy allows', async () => {
    const { body, headers } = await call('');
    const style = /<style>([\s\S]*?)<\/style>/.exec(body)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(headers['content-security-policy']).toContain(`style-src 'sha256-${hash}'`);
  });

  it.each([
    ['de-AT, en;q=0.5', 'de', 'Regeln'],
    ['fr, de;q=0.1', 'de', 'Regeln'],
    ['fr', 'en', 'Rules'],
    ['*', 'en', 'Rules'],
    ['de;q=0, en', 'en', 'Rules'],
    [';;;q=x,,', 'en', 'Rules'],
  ])('speaks to who accepts %s in %s', async (accepted, language, title) => {
    const { body } = await call('', { headers: { 'Accept-Language': accepted } });
    expect(body).toContain(`<article lang="${language}" dir="ltr">`);
    expect(body).toContain(title);
  });

  it('takes the language of the link before that of the browser', async () => {
    const { body } = await call('?l=de', { headers: { 'Accept-Language': 'en' } });
    expect(body).toContain('Regeln');
  });

  it('takes the language of the account where the browser wants none that is there', async () => {
    const link = linkOf('hans');
    expect((await call(`?${link}`)).body).toContain('Regeln');
    expect((await call(`?${link}`, { headers: { 'Accept-Language': 'fr' } })).body).toContain('Regeln');
    expect((await call(`?${link}`, { headers: { 'Accept-Language': 'en' } })).body).toContain('Rules');
    await call('', { form: linkOf('hans', { v: '1.0' }) });
    expect((await policies.findConsents('@hans:one.example'))[0]?.language).toBe('de');
  });

  it('asks a user with a signed link, and says when they have agreed', async () => {
    const { body } = await call(`?${linkOf('alice')}`);
    expect(body).toContain('<form method="post" action="consent">');
    expect(body).toContain('@alice:one.example');
    expect(body).toContain('name="v" value="1.0"');
    await call('', { form: linkOf('alice', { v: '1.0' }) });
    const again = await call(`?${linkOf('alice')}`);
    expect(again.body).toContain('You agreed to this on');
    expect(again.body).not.toContain('<form');
  });

  it('takes a whole user id, whichever server the request is for', async () => {
    const link = linkOf('@alice:two.example', {}, 'two.example');
    expect((await call(`?${link}`)).body).toContain('@alice:two.example');
  });

  it('signs what stands in the link, byte for byte', async () => {
    expect((await call(`?${linkOf('a=b/c')}`)).body).toContain('@a=b/c:one.example');
  });

  it.each<[string, string, [number, string]]>([
    ['no signature', 'u=alice', [400, 'M_MISSING_PARAM']],
    ['an empty signature', 'u=alice&h=', [400, 'M_MISSING_PARAM']],
    ['a wrong signature', `u=alice&h=${'0'.repeat(64)}`, [403, 'M_FORBIDDEN']],
    ['a short signature', 'u=alice&h=0', [403, 'M_FORBIDDEN']],
    ['the signature of another user', linkOf('alice').replace('u=alice', 'u=bob'), [403, 'M_FORBIDDEN']],
    ['a signature of another server', linkOf('alice', {}, 'two.example'), [403, 'M_FORBIDDEN']],
    ['a user who is not there', linkOf('bob'), [404, 'M_NOT_FOUND']],
    ['what is no user', linkOf('@'), [404, 'M_NOT_FOUND']],
    ['a user of elsewhere', 'u=@a:elsewhere.example&h=1', [403, 'M_FORBIDDEN']],
    ['a version that is not published', 'v=9', [404, 'M_NOT_FOUND']],
    ['a version outside of the folder', 'v=..%2F..%2Fx', [404, 'M_NOT_FOUND']],
    ['a policy that is not there', 'p=terms', [404, 'M_NOT_FOUND']],
    ['a parameter twice', 'v=1.0&v=2.0', [400, 'M_INVALID_PARAM']],
    ['a zero byte', 'v=%00', [400, 'M_INVALID_PARAM']],
  ])('refuses %s', async (_what, query, expected) => {
    expect(errorOf(await call(`?${query}`)).slice(0, 2)).toEqual(expected);
  });

  it('says what is wrong on a page to who reads pages', async () => {
    const { status, body, headers } = await call('?u=alice&h=1', {
      headers: { Accept: 'text/html', 'Accept-Language': 'de' },
    });
    expect(status).toBe(403);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(body).toContain('Das hat nicht geklappt');
    expect(body).toContain('M_FORBIDDEN: HMAC incorrect');
  });

  it('escapes what comes from the request', async () => {
    const { body } = await call('?v=%3Cscript%3E', { headers: { Accept: 'text/html' } });
    expect(body).not.toContain('<script>');
  });

  it('knows nobody under a host name that is nobody’s', async () => {
    expect(errorOf(await call('', { host: 'nobody.example' })).slice(0, 2)).toEqual([404, 'M_NOT_FOUND']);
  });

  it('does not show a version before its time, unless a link names it', async () => {
    await publish('2.0', [markdown('en', 'later')], Date.now() + 1_000_000);
    expect((await call('')).body).toContain('Version 1.0');
    expect((await call('?v=2.0')).body).toContain('later');
  });
});

describe('POST', () => {
  it('stores who agreed to which text, when and from where', async () => {
    const form = linkOf('alice', { v: '1.0', l: 'de' });
    const { status, body } = await call('', { form, headers: { 'X-Forwarded-For': '192.0.2.7' } });
    expect([status, body.includes('<h1>Danke</h1>')]).toEqual([200, true]);
    expect(policies.consents).toMatchObject([
      {
        userId: '@alice:one.example',
        policy: 'privacy_policy',
        version: '1.0',
        language: 'de',
        address: '192.0.2.7',
        way: 'page',
        textSha256: createHash('sha256').update('# Regeln').digest(),
      },
    ]);
  });

  it('takes the parameters from the query too, and agreeing twice changes nothing', async () => {
    const link = `?${linkOf('alice', { v: '1.0' })}`;
    expect((await call(link, { form: '' })).status).toBe(200);
    expect((await call(link, { form: '' })).status).toBe(200);
    expect(policies.consents).toHaveLength(1);
  });

  it.each<[string, string, [number, string]]>([
    ['nothing', '', [400, 'M_MISSING_PARAM']],
    ['no version', linkOf('alice'), [400, 'M_MISSING_PARAM']],
    ['no signature', 'u=alice&v=1.0', [400, 'M_MISSING_PARAM']],
    ['no user', 'h=1&v=1.0', [400, 'M_MISSING_PARAM']],
    ['a wrong signature', 'u=alice&h=1&v=1.0', [403, 'M_FORBIDDEN']],
    ['a version that was never published', linkOf('alice', { v: '9' }), [404, 'M_NOT_FOUND']],
    ['a user who is not there', linkOf('bob', { v: '1.0' }), [404, 'M_NOT_FOUND']],
    ['a parameter twice', `${linkOf('alice', { v: '1.0' })}&v=1.0`, [400, 'M_INVALID_PARAM']],
    ['a zero byte', linkOf('alice', { v: '1.0' }) + '&l=%00', [400, 'M_INVALID_PARAM']],
    ['JSON', '{"u":"alice"}', [400, 'M_MISSING_PARAM']],
  ])('stores nothing for %s', async (_what, form, expected) => {
    expect(errorOf(await call('', { form })).slice(0, 2)).toEqual(expected);
    expect(policies.consents).toEqual([]);
  });

  it('shows the operator’s text where there is one', async () => {
    await publish('3.0', [markdown('en', 'text'), markdown('en', 'Well **done**', 'success')]);
    const { body } = await call('', { form: linkOf('alice', { v: '3.0' }) });
    expect(body).toContain('Well <strong>done</strong>');
  });

  it('leads on to the next policy that the user has not agreed to', async () => {
    const terms = await policies.storePolicy({ ...SETTINGS, title: 'Terms', serverName: '', name: 'terms' });
    const version = { version: '1', documents: [markdown('en', 'terms')], effectiveAt: 0 };
    await policies.publishVersion(terms.policyNid, version);
    const first = await call('', { form: linkOf('alice', { v: '1.0', p: 'privacy_policy' }) });
    expect(first.body).toContain('p=terms');
    const second = await call('', { form: linkOf('alice', { v: '1', p: 'terms' }) });
    expect(second.body).not.toContain('href=');
  });
});

describe('a template', () => {
  const SOURCE = `<!doctype html><title>{{ policy_name }}</title>
{% if has_consented %}<p>Thank you</p>{% else %}
{% if not public_version %}<form method="post" action="consent"><input name="v" value="{{version}}"/>
<input name="u" value="{{user}}"/><input name="h" value="{{userhmac}}"/></form>{% endif %}{% endif %}`;

  beforeEach(async () => {
    const source = SOURCE;
    const sha256 = createHash('sha256').update(source).digest();
    await publish('<b>', [{ language: 'en', purpose: 'policy', format: 'html', source, sha256 }]);
  });

  it('is filled in as Synapse does it, escaped', async () => {
    const { body, headers } = await call(`?${linkOf('alice')}`);
    expect(body).toContain('<input name="u" value="alice"/>');
    expect(body).toContain('value="&lt;b&gt;"');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).not.toContain('script-src');
    expect((await call('')).body).not.toContain('<form');
    await call('', { form: linkOf('alice', { v: '<b>' }) });
    expect((await call(`?${linkOf('alice')}`)).body).toContain('Thank you');
  });
});

describe('Markdown', () => {
  it.each([
    ['<script>alert(1)</script>', '<script'],
    ['[x](javascript:alert(1))', 'href="javascript'],
    ['[x](data:text/html,x)', 'href="data'],
    ['![x](https://tracker.example/x.png)', '<img'],
    ['<a href="https://x" onclick="y">x</a>', '<a href'],
  ])('makes nothing that runs or loads of %s', async (source, forbidden) => {
    await publish('2', [markdown('en', source)]);
    expect((await call('?v=2')).body).not.toContain(forbidden);
  });

  it('tells linked pages nothing', async () => {
    await publish('2', [markdown('en', '[x](https://x.example)')]);
    expect((await call('?v=2')).body).toContain('<a href="https://x.example" rel="noreferrer noopener">x</a>');
  });
});
