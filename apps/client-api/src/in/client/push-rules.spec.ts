import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClientApi } from '../../../test-support/client-api-server.ts';
import type { ClientApiServer } from '../../../test-support/client-api-server.ts';

const RULES = '/_matrix/client/v3/pushrules/global';
const CAKE = { actions: ['notify'], pattern: 'cake*lie' };

let server: ClientApiServer;
let token: string;
beforeAll(async () => {
  server = await startClientApi();
  token = await server.register('alice');
});
afterAll(() => server.stop());

function put(path: string, body: unknown) {
  return server.call('PUT', `${RULES}/${path}`, { token, body });
}
async function get(path: string): Promise<{ readonly [key: string]: unknown }> {
  return (await server.call('GET', `${RULES}/${path}`, { token })).body;
}

describe('push rules', () => {
  it('are put, read, changed and deleted', async () => {
    expect((await put('content/cake', CAKE)).body).toEqual({});
    const rule = { rule_id: 'cake', default: false, enabled: true, ...CAKE };
    expect(await get('content/cake')).toEqual(rule);
    await put('content/cake/enabled', { enabled: false });
    await put('content/cake/actions', { actions: [] });
    expect(await get('content/cake')).toEqual({ ...rule, enabled: false, actions: [] });
    expect([await get('content/cake/enabled'), await get('content/cake/actions')]).toEqual([
      { enabled: false },
      { actions: [] },
    ]);
    expect((await server.call('DELETE', `${RULES}/content/cake`, { token })).body).toEqual({});
    expect((await server.call('GET', `${RULES}/content/cake`, { token })).status).toBe(404);
  });

  it('lie in the order in which they were put', async () => {
    for (const path of ['room/!b:x', 'room/!c:x?after=!b:x', 'room/!a:x?before=!b:x']) await put(path, { actions: [] });
    const { room } = (await get('')) as { room: { rule_id: string }[] };
    expect(room.map(({ rule_id: ruleId }) => ruleId)).toEqual(['!a:x', '!b:x', '!c:x']);
  });

  it('are told as account data, the predefined ones too', async () => {
    await put('override/.m.rule.master/enabled', { enabled: true });
    const path = '/_matrix/client/v3/user/@alice:one.example/account_data/m.push_rules';
    const { body } = await server.call('GET', path, { token });
    expect(body).toEqual({ global: await get('') });
    expect(await get('override/.m.rule.master')).toMatchObject({ enabled: true, default: true });
  });

  it.each([
    ['PUT', 'content/.mine', CAKE, 400, 'M_INVALID_PARAM'],
    ['PUT', 'content/mine', { actions: [] }, 400, 'M_MISSING_PARAM'],
    ['PUT', 'content/mine', { pattern: 'x' }, 400, 'M_MISSING_PARAM'],
    ['PUT', 'content/mine?before=none', CAKE, 400, 'M_UNKNOWN'],
    ['PUT', 'override/mine?after=.m.rule.master', { actions: [] }, 400, 'M_UNKNOWN'],
    ['PUT', 'nothing/mine', CAKE, 400, 'M_INVALID_PARAM'],
    ['PUT', `content/${'x'.repeat(300)}`, CAKE, 400, 'M_INVALID_PARAM'],
    ['PUT', 'content/none/enabled', { enabled: true }, 404, 'M_NOT_FOUND'],
    ['PUT', 'content/none/actions', { actions: [] }, 404, 'M_NOT_FOUND'],
    ['PUT', 'override/.m.rule.master/enabled', {}, 400, 'M_MISSING_PARAM'],
    ['PUT', 'override/.m.rule.master/actions', { actions: ['explode'] }, 400, 'M_INVALID_PARAM'],
    ['DELETE', 'override/none', undefined, 404, 'M_NOT_FOUND'],
    ['DELETE', 'override/.m.rule.master', undefined, 400, 'M_INVALID_PARAM'],
  ])('%s %s is refused', async (method, path, body, status, errcode) => {
    const answer = await server.call(method, `${RULES}/${path}`, { token, body });
    expect([answer.status, answer.body['errcode']]).toEqual([status, errcode]);
  });
});
