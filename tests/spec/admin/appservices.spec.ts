import { appserviceResponse, appservicesResponse, rotateTokensResponse } from '@plexus/matrix-api';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Json, MatrixClient, MatrixHttp, Reply } from '../../support/matrix-client.ts';
import { deploymentAdmin, PLEXUS_ADMIN, serverAdmin } from '../support/administrators.ts';
import { expectError, expectShape } from '../support/expect-answer.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

const APPSERVICES = `${PLEXUS_ADMIN}/appservices`;

let http: MatrixHttp;
let admin: MatrixClient;
beforeAll(async () => {
  http = await specified();
  admin = await deploymentAdmin();
});

function registration(id: string): Json {
  const namespaces = { users: [{ regex: `@_${id}_.*`, exclusive: true }], aliases: [], rooms: [] };
  return { id, url: 'http://127.0.0.1:9/', sender_localpart: `${id}bot`, namespaces };
}

function whoAmI(accessToken: unknown): Promise<Reply> {
  return http.call('GET', '/_matrix/client/v3/account/whoami', { accessToken: String(accessToken) });
}

describe('/_plexus/admin/v1/appservices', () => {
  it('adds one that works at once, and shows its tokens once', async () => {
    const id = uniqueName('bridge');
    const added = await admin.call('POST', APPSERVICES, { ...registration(id), protocols: ['irc'] });
    expectShape(added, appserviceResponse, 201);
    expect(added.body).toMatchObject({ id, url: 'http://127.0.0.1:9', servers: null, origin: 'admin-api', version: 1 });
    expect((await whoAmI(added.body['as_token'])).body['user_id']).toBe(`@${id}bot:localhost`);
    const shown = await admin.call('GET', `${APPSERVICES}/${id}`);
    expectShape(shown, appserviceResponse);
    const text = JSON.stringify([shown.body, expectShape(await admin.call('GET', APPSERVICES), appservicesResponse)]);
    expect(text).toContain(id);
    expect(text).not.toContain(String(added.body['as_token']));
    expect(text).not.toContain(String(added.body['hs_token']));
  });

  it.each<[string, Json, string]>([
    ['an expression that is none', { namespaces: { users: [{ regex: '(', exclusive: true }] } }, 'users[0].regex'],
    ['no sender', { sender_localpart: undefined }, 'sender_localpart'],
    ['an address that is none', { ip_range_whitelist: ['here'] }, 'ip_range_whitelist[0]'],
    ['a URL that is none', { url: 'ftp://x' }, 'url'],
    ['no server', { servers: [] }, 'servers'],
    ['a token with a space', { as_token: 'a b' }, 'as_token'],
  ])('refuses %s, and names the key', async (_what, change, key) => {
    const refused = await admin.call('POST', APPSERVICES, { ...registration(uniqueName('wrong')), ...change });
    expectError(refused, 400, 'M_INVALID_PARAM');
    expect(refused.body['error']).toContain(key);
  });

  it('keeps ids and tokens apart', async () => {
    const [one, two] = [uniqueName('bridge'), uniqueName('bridge')];
    const first = await admin.call('POST', APPSERVICES, registration(one));
    expectError(await admin.call('POST', APPSERVICES, registration(one)), 409, 'M_UNKNOWN');
    const thief = { ...registration(two), as_token: first.body['as_token'] };
    expectError(await admin.call('POST', APPSERVICES, thief), 409, 'M_UNKNOWN');
    expectError(await admin.call('GET', `${APPSERVICES}/${two}`), 404, 'M_NOT_FOUND');
  });

  it('changes settings, but neither id nor tokens', async () => {
    const id = uniqueName('bridge');
    await admin.call('POST', APPSERVICES, registration(id));
    const { id: _id, ...settings } = registration(id);
    const changed = await admin.call('PUT', `${APPSERVICES}/${id}`, { ...settings, url: null, servers: ['localhost'] });
    expectShape(changed, appserviceResponse);
    expect(changed.body).toMatchObject({ url: null, servers: ['localhost'], version: 2 });
    const path = `${APPSERVICES}/${id}`;
    expectError(await admin.call('PUT', path, { ...settings, as_token: 'x' }), 400, 'M_INVALID_PARAM');
    expectError(await admin.call('PUT', path, { ...settings, id: 'other' }), 400, 'M_INVALID_PARAM');
    expectError(await admin.call('PUT', `${APPSERVICES}/nobody`, settings), 404, 'M_NOT_FOUND');
  });

  it('rotates tokens with an overlap, or without', async () => {
    const id = uniqueName('bridge');
    const { body } = await admin.call('POST', APPSERVICES, registration(id));
    const rotate = (options: Json) => admin.call('POST', `${APPSERVICES}/${id}/rotate_tokens`, options);
    const rotated = expectShape(await rotate({ overlap_ms: 60_000 }), rotateTokensResponse);
    expect([(await whoAmI(body['as_token'])).status, (await whoAmI(rotated['as_token'])).status]).toEqual([200, 200]);
    const again = expectShape(await rotate({ overlap_ms: 0, new_hs_token: true }), rotateTokensResponse);
    expect(again['hs_token']).toEqual(expect.any(String));
    expectError(await whoAmI(rotated['as_token']), 401, 'M_UNKNOWN_TOKEN');
    expect((await whoAmI(again['as_token'])).status).toBe(200);
  });

  it('removes one, whose token is nobody’s then', async () => {
    const id = uniqueName('bridge');
    const { body } = await admin.call('POST', APPSERVICES, registration(id));
    expect((await admin.call('DELETE', `${APPSERVICES}/${id}`)).status).toBe(200);
    expectError(await whoAmI(body['as_token']), 401, 'M_UNKNOWN_TOKEN');
    expectError(await admin.call('DELETE', `${APPSERVICES}/${id}`), 404, 'M_NOT_FOUND');
  });

  it('has to do with the servers that are named for it only', async () => {
    const id = uniqueName('bridge');
    const name = `${uniqueName('two')}.test`;
    await admin.call('POST', `${PLEXUS_ADMIN}/servers`, { server_name: name });
    const { body } = await admin.call('POST', APPSERVICES, { ...registration(id), servers: [name] });
    const accessToken = String(body['as_token']);
    expect((await whoAmI(accessToken)).body['user_id']).toBe(`@${id}bot:${name}`);
    const user = { type: 'm.login.application_service', username: `_${id}_a`, inhibit_login: true };
    const made = await http.call('POST', '/_matrix/client/v3/register', { body: user, accessToken });
    expect(made.body['user_id']).toBe(`@_${id}_a:${name}`);
    const asOther = `/_matrix/client/v3/account/whoami?user_id=${encodeURIComponent(`@_${id}_a:localhost`)}`;
    expectError(await http.call('GET', asOther, { accessToken }), 403, 'M_FORBIDDEN');
    // The same name on the other server is anybody's.
    const free = { username: `_${id}_a`, password: 'x', auth: { type: 'm.login.dummy' } };
    expect((await http.call('POST', '/_matrix/client/v3/register', { body: free })).status).toBe(200);
  });

  it('is for administrators of the deployment', async () => {
    const other = await serverAdmin();
    expectError(await other.call('GET', APPSERVICES), 403, 'M_FORBIDDEN');
    expectError(await other.call('POST', APPSERVICES, registration(uniqueName('bridge'))), 403, 'M_FORBIDDEN');
  });
});
