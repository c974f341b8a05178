import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Deployment } from '../../../scripts/cluster/deployment.ts';
import { launchEmbedded } from '../../../scripts/cluster/launch-embedded.ts';
import { laboratorySettings } from '../../../scripts/cluster/service-configuration.ts';
import { MailCatcher } from '../../support/mail-catcher.ts';
import type { Json, MatrixClient, Reply } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import { SpecifiedHttp, uniqueName } from '../support/specified-http.ts';

const V3 = '/_matrix/client/v3';
const SECRET = 'a.client-secret_1=';

let deployment: Deployment;
let http: SpecifiedHttp;
const catcher = new MailCatcher();

beforeAll(async () => {
  const smtpPort = await catcher.start();
  const settings = {
    ...laboratorySettings,
    email: {
      smtp_host: '127.0.0.1',
      smtp_port: smtpPort,
      notif_from: 'Chat <chat@localhost.test>',
      app_name: 'Wonderland',
    },
    servers: [
      { server_name: 'localhost', public_baseurl: 'https://matrix.test', aliases: ['127.0.0.1'] },
      {
        server_name: 'strict.test',
        public_baseurl: 'https://strict.test',
        registration: { requires_email: true },
        email: { notif_from: 'strict@strict.test' },
      },
      { server_name: 'silent.test' },
    ],
  };
  deployment = await launchEmbedded({ settings });
  http = new SpecifiedHttp(deployment);
});
afterAll(async () => {
  http.close();
  await deployment.dispose();
  await catcher.stop();
});

function newAddress(): string {
  return `${uniqueName('mail')}@example.test`;
}

function requestToken(purpose: string, email: string, change: Json = {}, by = http): Promise<Reply> {
  const body = { client_secret: SECRET, email, send_attempt: 1, ...change };
  return by.call('POST', `${V3}/${purpose}/email/requestToken`, { body });
}

/** Opens the link of the newest mail, and confirms. */
async function confirm(address: string): Promise<string> {
  const { pathname, search } = catcher.linkTo(address);
  const page = await fetch(http.url + pathname + search);
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<form method="post">')]);
  const confirmed = await fetch(http.url + pathname + search, { method: 'POST' });
  return confirmed.text();
}

/** The credentials of an address that was confirmed for a purpose. */
async function validated(purpose: string, address: string, change: Json = {}): Promise<Json> {
  const { sid } = (await requestToken(purpose, address, change)).body;
  expect(await confirm(address)).toContain('is confirmed');
  return { sid, client_secret: SECRET };
}

function byMail(credentials: Json, session?: unknown): Json {
  return { type: 'm.login.email.identity', threepid_creds: credentials, ...(session !== undefined && { session }) };
}

async function registerWithMail(address: string): Promise<string> {
  const auth = byMail(await validated('register', address));
  const body = { username: uniqueName('alice'), password: 'wonderland', auth };
  const made = await http.call('POST', `${V3}/register`, { body });
  expect(made.status).toBe(200);
  return String(made.body['user_id']);
}

async function threepidsOf(client: MatrixClient): Promise<unknown[]> {
  return ((await client.ask('GET', `${V3}/account/3pid`))['threepids'] as Json[]).map(({ address }) => address);
}

describe('registration with an email address', () => {
  it('is offered, and takes an address that was confirmed', async () => {
    const asked = await http.call('POST', `${V3}/register`, { body: {} });
    expect(asked.body['flows']).toEqual([{ stages: ['m.login.dummy'] }, { stages: ['m.login.email.identity'] }]);
    const address = newAddress();
    const { sid } = (await requestToken('register', address)).body;
    const credentials = { sid, client_secret: SECRET };
    const body = { username: uniqueName('alice'), password: 'wonderland' };
    const early = await http.call('POST', `${V3}/register`, { body: { ...body, auth: byMail(credentials) } });
    expect([early.status, early.body['errcode']]).toEqual([401, 'M_UNAUTHORIZED']);
    await confirm(address);
    const auth = byMail(credentials, early.body['session']);
    const made = await http.call('POST', `${V3}/register`, { body: { ...body, auth } });
    expect(made.status).toBe(200);
    const alice = await http.login(String(made.body['user_id']));
    expect(await threepidsOf(alice)).toEqual([address]);
  });

  it('tells an address that is somebody’s by mail only', async () => {
    const address = newAddress();
    await registerWithMail(address);
    const again = await requestToken('register', address.toUpperCase(), { client_secret: 'other' });
    expect(again.status).toBe(200);
    expect(catcher.mailsTo(address).at(-1)?.text).toContain('There is an account with this address already');
  });

  it('is required where the server says so, under its own sender', async () => {
    const strict = new SpecifiedHttp(deployment, { host: 'strict.test' });
    const { flows } = (await strict.call('POST', `${V3}/register`, { body: {} })).body;
    expect(flows).toEqual([{ stages: ['m.login.email.identity'] }]);
    const address = newAddress();
    expect((await requestToken('register', address, {}, strict)).status).toBe(200);
    expect(catcher.mailsTo(address)).toMatchObject([{ from: 'strict@strict.test' }]);
    expect(catcher.linkTo(address).host).toBe('strict.test');
  });
});

describe('POST /register/email/requestToken', () => {
  it('sends one mail per attempt', async () => {
    const address = newAddress();
    const first = await requestToken('register', address);
    const second = await requestToken('register', address);
    expect(second.body).toEqual(first.body);
    expect(catcher.mailsTo(address)).toHaveLength(1);
    const old = catcher.linkTo(address);
    expect((await requestToken('register', address, { send_attempt: 2 })).body).toEqual(first.body);
    expect(catcher.mailsTo(address)).toHaveLength(2);
    const stale = await fetch(http.url + old.pathname + old.search, { method: 'POST' });
    expect(await stale.text()).toContain('newer mail');
    expect(await confirm(address)).toContain('is confirmed');
  });

  it('shows where the client wants to go on, if that is a web page', async () => {
    const [good, bad] = [newAddress(), newAddress()];
    await requestToken('register', good, { next_link: 'https://app.test/?a=1&b="><script>' });
    expect(await confirm(good)).toContain('https://app.test/?a=1&#38;b=&#34;&#62;&#60;script&#62;');
    await requestToken('register', bad, { next_link: 'javascript:alert(1)' });
    expect(await confirm(bad)).not.toContain('javascript');
  });

  it.each<[string, Json, string]>([
    ['no address', { email: 'nobody' }, 'M_INVALID_PARAM'],
    ['two addresses', { email: 'a@b.test, c@d.test' }, 'M_INVALID_PARAM'],
    ['a header', { email: 'a@b.test\r\nBcc: c@d.test' }, 'M_INVALID_PARAM'],
    ['a secret beyond the grammar', { client_secret: 'not a secret' }, 'M_INVALID_PARAM'],
    ['an attempt that is no number', { send_attempt: 'first' }, 'M_BAD_JSON'],
    ['no secret', { client_secret: undefined }, 'M_MISSING_PARAM'],
  ])('refuses %s', async (_title, change, errcode) => {
    expectError(await requestToken('register', newAddress(), change), 400, errcode);
  });

  it('is not there on a server without mails, nor for phone numbers', async () => {
    const silent = new SpecifiedHttp(deployment, { host: 'silent.test' });
    const refused = await requestToken('register', newAddress(), {}, silent);
    expectError(refused, 400, 'M_THREEPID_MEDIUM_NOT_SUPPORTED');
    const body = { client_secret: SECRET, country: 'GB', phone_number: '07700900001', send_attempt: 1 };
    for (const purpose of ['register', 'account/password', 'account/3pid']) {
      const phone = await http.call('POST', `${V3}/${purpose}/msisdn/requestToken`, { body });
      expectError(phone, 400, 'M_THREEPID_MEDIUM_NOT_SUPPORTED');
    }
  });
});

describe('a forgotten password', () => {
  it('is replaced by who reads the mail, and everybody is logged out', async () => {
    const address = newAddress();
    const alice = await http.login(await registerWithMail(address));
    const change = (auth?: Json) =>
      http.call('POST', `${V3}/account/password`, { body: { new_password: 'second', auth } });
    const asked = await change();
    expect([asked.status, asked.body['flows']]).toEqual([401, [{ stages: ['m.login.email.identity'] }]]);
    const credentials = await validated('account/password', address);
    expect((await change(byMail(credentials, asked.body['session']))).status).toBe(200);
    expectError(await alice.call('GET', `${V3}/account/whoami`), 401, 'M_UNKNOWN_TOKEN');
    expect((await http.login(alice.userId, 'second')).userId).toBe(alice.userId);
  });

  it('stays as it is while the account is locked', async () => {
    const address = newAddress();
    const alice = await http.login(await registerWithMail(address));
    await deployment.command(['user', 'create', '@root:localhost', '--admin', '--password', 'wonderland']);
    const admin = await http.login('@root:localhost');
    const lock = (locked: boolean) =>
      admin.ask('PUT', `/_matrix/client/v1/admin/lock/${encodeURIComponent(alice.userId)}`, { locked });
    await lock(true);
    const body = { new_password: 'second', auth: byMail(await validated('account/password', address)) };
    const refused = await http.call('POST', `${V3}/account/password`, { body });
    expectError(refused, 401, 'M_USER_LOCKED');
    expect(refused.body['soft_logout']).toBe(true);
    await lock(false);
    expect((await alice.call('GET', `${V3}/account/whoami`)).status).toBe(200);
  });

  it('needs an address that an account has', async () => {
    expectError(await requestToken('account/password', newAddress()), 400, 'M_THREEPID_NOT_FOUND');
    const auth = byMail(await validated('register', newAddress()));
    const body = { new_password: 'second', auth };
    expectError(await http.call('POST', `${V3}/account/password`, { body }), 400, 'M_THREEPID_NOT_FOUND');
  });
});

function passwordOf({ userId }: MatrixClient): Json {
  return { type: 'm.login.password', user: userId, password: 'wonderland' };
}

describe('/account/3pid', () => {
  it('adds an address after the password, once it was confirmed, and takes it away', async () => {
    const [alice, bob] = [await http.register(uniqueName('alice')), await http.register(uniqueName('bob'))];
    const address = newAddress();
    const add = (client: MatrixClient, credentials: Json, auth?: Json) =>
      client.call('POST', `${V3}/account/3pid/add`, { ...credentials, auth });
    const { sid } = (await requestToken('account/3pid', address)).body;
    const early = await add(alice, { sid, client_secret: SECRET }, passwordOf(alice));
    expectError(early, 400, 'M_THREEPID_AUTH_FAILED');
    await confirm(address);
    const credentials = { sid, client_secret: SECRET };
    expect((await add(alice, credentials)).body['flows']).toEqual([{ stages: ['m.login.password'] }]);
    expect((await add(alice, credentials, passwordOf(alice))).status).toBe(200);
    expectError(await add(bob, credentials, passwordOf(bob)), 400, 'M_THREEPID_IN_USE');
    expect([await threepidsOf(alice), await threepidsOf(bob)]).toEqual([[address], []]);
    const identifier = { type: 'm.id.thirdparty', medium: 'email', address };
    const login = { type: 'm.login.password', identifier, password: 'wonderland' };
    expect((await http.call('POST', `${V3}/login`, { body: login })).body['user_id']).toBe(alice.userId);
    const gone = await alice.ask('POST', `${V3}/account/3pid/delete`, { medium: 'email', address });
    expect(gone).toEqual({ id_server_unbind_result: 'no-support' });
    expect(await threepidsOf(alice)).toEqual([]);
    expectError(await http.call('POST', `${V3}/login`, { body: login }), 403, 'M_FORBIDDEN');
  });

  it('goes with the account', async () => {
    const address = newAddress();
    const alice = await http.login(await registerWithMail(address));
    await alice.ask('POST', `${V3}/account/deactivate`, { auth: passwordOf(alice) });
    expect(await registerWithMail(address)).not.toBe(alice.userId);
  });

  it('is bound to and unbound from no identity server', async () => {
    const alice = await http.register(uniqueName('alice'));
    const credentials = { sid: 's', client_secret: SECRET, id_server: 'identity.test', id_access_token: 't' };
    const add = (body: Json): Promise<Reply> => alice.call('POST', `${V3}/account/3pid`, body);
    expectError(await add({ three_pid_creds: credentials }), 403, 'M_THREEPID_AUTH_FAILED');
    expectError(await add({}), 400, 'M_MISSING_PARAM');
    expectError(await alice.call('POST', `${V3}/account/3pid/bind`, credentials), 400, 'M_SERVER_NOT_TRUSTED');
    expectError(await alice.call('POST', `${V3}/account/3pid/bind`, { sid: 's' }), 400, 'M_MISSING_PARAM');
    const unbound = await alice.ask('POST', `${V3}/account/3pid/unbind`, { medium: 'email', address: newAddress() });
    expect(unbound).toEqual({ id_server_unbind_result: 'no-support' });
  });

  it('is among the capabilities', async () => {
    const alice = await http.register(uniqueName('alice'));
    const { capabilities } = await alice.ask('GET', `${V3}/capabilities`);
    expect(capabilities).toMatchObject({ 'm.3pid_changes': { enabled: true } });
  });
});
