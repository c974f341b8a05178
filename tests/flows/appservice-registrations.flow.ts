import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import { launchEmbedded } from '../../scripts/cluster/launch-embedded.ts';
import { laboratorySettings } from '../../scripts/cluster/service-configuration.ts';
import { MatrixHttp } from '../support/matrix-client.ts';
import type { MatrixClient, Reply } from '../support/matrix-client.ts';
import { inBothModes, uniqueName } from './support/in-both-modes.ts';

const WHO_AM_I = '/_matrix/client/v3/account/whoami';
const APPSERVICES = '/_plexus/admin/v1/appservices';

/** What each replica of each service that takes the token says. */
async function statuses(deployment: Deployment, accessToken: unknown): Promise<number[]> {
  const replicas = [0, 1].map((replica) => new MatrixHttp(deployment.routesTo(replica)));
  const calls = replicas.flatMap((http) =>
    [WHO_AM_I, '/_matrix/client/v3/sync?timeout=0'].map((path) =>
      http.call('GET', path, { accessToken: String(accessToken) }),
    ),
  );
  return (await Promise.all(calls)).map(({ status }) => status);
}

async function become(deployment: Deployment, accessToken: unknown, status: number): Promise<void> {
  const check = async (): Promise<void> =>
    expect(new Set(await statuses(deployment, accessToken))).toEqual(new Set([status]));
  await vi.waitFor(check, 1_500);
}

inBothModes('an operator of bridges', (deploy) => {
  let deployment: Deployment;
  let admin: MatrixClient;
  beforeAll(async () => {
    deployment = await deploy();
    const name = uniqueName('admin');
    await deployment.command(['user', 'create', `@${name}:one.test`, '--admin', '--password', 'wonderland']);
    admin = await new MatrixHttp(deployment).login(name);
  });

  it('registers one, changes its token and removes it, and every replica knows it within a second', async () => {
    const id = uniqueName('bridge');
    const registration = { id, url: null, sender_localpart: `${id}bot`, namespaces: {}, servers: ['one.test'] };
    const { body: added } = await admin.call('POST', APPSERVICES, registration);
    await become(deployment, added['as_token'], 200);
    const rotated = await admin.ask('POST', `${APPSERVICES}/${id}/rotate_tokens`, { overlap_ms: 0 });
    await become(deployment, rotated['as_token'], 200);
    await become(deployment, added['as_token'], 401);
    await admin.ask('DELETE', `${APPSERVICES}/${id}`);
    await become(deployment, rotated['as_token'], 401);
    expect((await admin.call('GET', `${APPSERVICES}/${id}`)).status).toBe(404);
  });
});

it('takes registration files that come, change and go while it runs, and keeps what it has where one is broken', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'registrations-'));
  const write = (name: string, fields: object) => writeFile(join(folder, name), JSON.stringify(fields));
  const bridge = {
    id: 'irc',
    url: null,
    as_token: 'token-first',
    hs_token: 'hs',
    sender_localpart: 'ircbot',
    namespaces: {},
  };
  await write('irc.yaml', bridge);
  const deployment = await launchEmbedded({
    settings: { ...laboratorySettings, appservices: { files: [folder], token_overlap: '0s' } },
  });
  const http = new MatrixHttp(deployment);
  afterAll(async () => {
    http.close();
    await deployment.dispose();
    await rm(folder, { recursive: true });
  });
  const whoAmI = (accessToken: string): Promise<Reply> => http.call('GET', WHO_AM_I, { accessToken });
  const becomes = (accessToken: string, status: number) =>
    vi.waitFor(async () => expect((await whoAmI(accessToken)).status).toBe(status), 5_000);
  expect((await whoAmI('token-first')).body['user_id']).toBe('@ircbot:localhost');
  await write('irc.yaml', { ...bridge, as_token: 'token-second' });
  await becomes('token-second', 200);
  await becomes('token-first', 401);
  await write('sms.yaml', { ...bridge, id: 'sms', as_token: 'token-third', sender_localpart: 'smsbot' });
  await becomes('token-third', 200);
  await writeFile(join(folder, 'sms.yaml'), 'id: [');
  await vi.waitFor(() => expect(deployment.services[0]?.log()).toContain('sms.yaml'), 5_000);
  expect([(await whoAmI('token-second')).status, (await whoAmI('token-third')).status]).toEqual([200, 200]);
  await rm(join(folder, 'sms.yaml'));
  await becomes('token-third', 401);
  expect((await whoAmI('token-second')).status).toBe(200);
  const log = deployment.services.map((service) => service.log()).join('\n');
  expect(log).not.toMatch(/token-(first|second|third)/);
}, 60_000);
