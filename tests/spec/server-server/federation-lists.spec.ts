import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { federationPath, Visitor } from '@plexus/testing';
import { MatrixHttp } from '../../support/matrix-client.ts';
import type { MatrixClient } from '../../support/matrix-client.ts';
import { deploymentAdmin, PLEXUS_ADMIN } from '../support/administrators.ts';
import { expectError } from '../support/expect-answer.ts';
import { sharedDeployment, specified, uniqueName } from '../support/specified-http.ts';

const PROFILE = '/_matrix/federation/v1/query/profile';

let remote: Visitor;
beforeAll(async () => {
  remote = await Visitor.open(await specified());
});
afterAll(() => remote.stop());

interface Lists {
  readonly enabled?: boolean;
  readonly allow_servers?: readonly string[];
  readonly deny_servers?: readonly string[];
}

/** A hosted server with lists of its own, and one of its users. */
async function host(federation: Lists): Promise<{ readonly serverName: string; readonly user: MatrixClient }> {
  const serverName = `${uniqueName('lists')}.example`;
  const settings = { registration: { enabled: true }, federation };
  const made = await (
    await deploymentAdmin()
  ).call('POST', `${PLEXUS_ADMIN}/servers`, { server_name: serverName, settings });
  expect(made.status).toBe(201);
  const http = new MatrixHttp(await sharedDeployment(), { host: serverName });
  return { serverName, user: await http.register(uniqueName('carol')) };
}

function asks(serverName: string, userId = `@nobody:${serverName}`) {
  return remote.call('GET', `${PROFILE}?user_id=${encodeURIComponent(userId)}`, undefined, serverName);
}

function askedOf(): number {
  return remote.server.requests.filter(({ target }) => target.startsWith(PROFILE)).length;
}

function looksUp(user: MatrixClient) {
  return user.call('GET', `/_matrix/client/v3/profile/${encodeURIComponent(remote.user(uniqueName('bob')))}`);
}

describe('a hosted server that federates', () => {
  it('with everybody answers, and asks', async () => {
    const { serverName, user } = await host({});
    expectError(await asks(serverName), 404, 'M_NOT_FOUND');
    const before = askedOf();
    await looksUp(user);
    expect(askedOf()).toBe(before + 1);
  });

  it('with those on its list answers, and asks', async () => {
    const { serverName, user } = await host({ allow_servers: ['127.0.0.?'] });
    expect(await asks(serverName, user.userId)).toMatchObject({ status: 200 });
    const before = askedOf();
    await looksUp(user);
    expect(askedOf()).toBe(before + 1);
  });

  it.each<[string, () => Lists]>([
    ['with others only', () => ({ allow_servers: ['*.good.example'] })],
    ['not with this one', () => ({ deny_servers: [remote.serverName] })],
    ['with nobody', () => ({ enabled: false })],
  ])('%s neither answers nor asks, and tells nobody its keys', async (_, lists) => {
    const { serverName, user } = await host(lists());
    expectError(await asks(serverName, user.userId), 403, 'M_FORBIDDEN');
    const path = federationPath('v1/send', uniqueName('t'));
    expectError(await remote.call('PUT', path, { pdus: [] }, serverName), 403, 'M_FORBIDDEN');
    const before = askedOf();
    expect((await looksUp(user)).status).not.toBe(200);
    expect(askedOf()).toBe(before);
    const notary = new MatrixHttp(await sharedDeployment(), { host: serverName });
    const keys = await notary.call('GET', `/_matrix/key/v2/query/${encodeURIComponent(remote.serverName)}`);
    expect(keys).toEqual({ status: 200, body: { server_keys: [] } });
  });
});
