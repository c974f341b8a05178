import { describe, expect, it } from 'vitest';
import { Secret } from '../config/secret.ts';
import { createLogger } from './pino-logger.ts';
import type { RootLogger } from './pino-logger.ts';
import { rememberUser, runInContext } from './request-context.ts';

function capture(): { logger: RootLogger; lines: () => Record<string, unknown>[]; text: () => string } {
  const written: string[] = [];
  const output = { write: (line: string) => void written.push(line) };
  return {
    logger: createLogger({ service: 'test', level: 'info', output }),
    lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>),
    text: () => written.join(''),
  };
}

describe('a log line', () => {
  it('is JSON with time, level, service, message and fields', () => {
    const { logger, lines } = capture();
    logger.child({ shard: 3 }).warn('hello', { room: '!a:b', position: 12n });
    expect(lines()).toMatchObject([
      { level: 'warn', service: 'test', message: 'hello', shard: 3, room: '!a:b', position: '12' },
    ]);
    expect(String(lines()[0]?.['time'])).toMatch(/^\d{4}-\d\d-\d\dT/);
  });

  it('carries the request id of the request in which it is written', async () => {
    const { logger, lines } = capture();
    await runInContext({ request_id: 'r1' }, async () => {
      await Promise.resolve();
      logger.info('inside');
    });
    logger.info('outside');
    expect(lines().map((line) => line['request_id'])).toEqual(['r1', undefined]);
  });

  it('says whose request it is from when that is known, and which room it is about', async () => {
    const { logger, lines } = capture();
    await runInContext({ request_id: 'r1', room_id: '!a:b' }, async () => {
      logger.info('before');
      rememberUser('@a:b');
      await Promise.resolve();
      logger.info('after', { room_id: '!c:d' });
    });
    expect(lines().map(({ room_id, user_id }) => [room_id, user_id])).toEqual([
      ['!a:b', undefined],
      ['!c:d', '@a:b'],
    ]);
  });

  it('shows an error with its stack and causes, without the secrets in them', () => {
    const { logger, lines, text } = capture();
    const cause = Object.assign(new Error('connect postgresql://u:hunter2@h/d'), { code: 'ECONNREFUSED' });
    logger.error('failed', { err: new Error('GET /x?access_token=hunter2', { cause }) });
    expect(lines()[0]?.['err']).toMatchObject({ type: 'Error', cause: { code: 'ECONNREFUSED' } });
    expect(text()).toContain('pino-logger.spec.ts');
    expect(text()).not.toContain('hunter2');
  });

  it('survives circles, depth and odd bytes', () => {
    const { logger, lines } = capture();
    const circle: Record<string, unknown> = { agent: 'caf\u00e9 \u0000\u001b\ud800' };
    circle['self'] = circle;
    logger.info('odd', { circle, bytes: Buffer.from('secret'), map: new Map([['a', 1]]) });
    expect(lines()[0]).toMatchObject({ circle: { self: '<circular>' }, bytes: '<6 bytes>', map: { a: 1 } });
  });
});

describe('the level', () => {
  it('can be changed while running, for children too', () => {
    const { logger, lines } = capture();
    const child = logger.child({});
    child.debug('unseen');
    logger.level = 'debug';
    child.debug('seen');
    logger.level = 'error';
    child.warn('unseen');
    expect(lines().map((line) => line['message'])).toEqual(['seen']);
  });
});

describe('redaction', () => {
  it.each([
    '/sync?since=s1&access_token=hunter2&x=1',
    '/sync?access%5Ftoken=hunter2',
    '/sync?access%5ftoken=hunter2',
    '/sync?%61ccess_token=hunter2',
    '/x?client_secret=hunter2#frag',
    'Authorization: Bearer hunter2',
    'X-Matrix origin="a",key="ed25519:1",sig="hunter2"',
    'redis://user:hunter2@host:6379/0',
    'failed with access_token=hunter2',
    'body {"password": "hunter2\\" hunter2"}',
    "{ user: 'ann', pass: 'hunter2', nested: { secretKey: 'hunter2' } }",
    'host=h password="hunter2 hunter2" user=u',
    "password='hunter2'",
    '-----BEGIN RSA PRIVATE KEY-----\nDEK-Info: AES-128-CBC,00\n\nhunter2\n-----END RSA PRIVATE KEY-----',
    '/_synapse/admin/v1/registration_tokens/hunter2',
    'nobody has plx_hunter2hunter2hunter2hunter2hunter2hunter2hunter2',
    '-----BEGIN PRIVATE KEY-----\nhunter2/hunter2+hunter2=\n-----END PRIVATE KEY-----',
    '-----BEGIN EC PRIVATE KEY-----\nhunter2, cut off',
  ])('takes the secret out of the text %s', (text) => {
    const { logger, text: written } = capture();
    logger.info(`before ${text} after`, { url: text, list: [text] });
    expect(written()).not.toContain('hunter2');
    expect(written()).toContain('<redacted>');
    expect(written()).toContain('before');
  });

  it('keeps what is not a secret', () => {
    const { logger, lines } = capture();
    logger.info('GET /sync?since=s1&timeout=30', { url: '/sync?since=s1&timeout=30', next_batch: 's2' });
    expect(lines()[0]).toMatchObject({ url: '/sync?since=s1&timeout=30', next_batch: 's2' });
    const kept = {
      key_id: 'ed25519:1',
      public_key: 'base64',
      state_key: '@a:b',
      bypass: 'x',
      url: '/_synapse/admin/v1/registration_tokens/new',
      errcode: "{ errcode: 'M_UNKNOWN', key: 'm.tag', event: '$plx_a:b' }",
    };
    logger.info("{ state_key: '', body: 'M_UNKNOWN_TOKEN' }", kept);
    expect(lines()[1]).toMatchObject({ ...kept, message: "{ state_key: '', body: 'M_UNKNOWN_TOKEN' }" });
  });

  it('takes secrets out by their names at any depth', () => {
    const { logger, text } = capture();
    logger.info('x', {
      a: { b: [{ as_token: 'hunter2', hsToken: 'hunter2' }] },
      headers: { Authorization: 'hunter2', cookie: 'hunter2' },
      password: 'hunter2',
      new_password: { nested: 'hunter2' },
      smtp: { user: 'ann', pass: 'hunter2' },
      tls: { passphrase: 'hunter2', secret_key: 'hunter2', apiKey: 'hunter2' },
      request: { sig: 'hunter2', mac: 'hunter2' },
      config: { url: new Secret('hunter2') },
    });
    logger.child({ refresh_token: 'hunter2' }).info('y');
    expect(text()).not.toContain('hunter2');
  });
});
