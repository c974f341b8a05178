import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import { launchEmbedded } from '../../scripts/cluster/launch-embedded.ts';
import { laboratorySettings } from '../../scripts/cluster/service-configuration.ts';
import { MatrixHttp } from '../support/matrix-client.ts';
import type { Json } from '../support/matrix-client.ts';
import { uniqueName } from './support/in-both-modes.ts';
import { syncUntil } from './support/timeline.ts';

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly body: Json;
}

const limitedTo = (most: number): Json => ({
  registration: { enabled: true },
  usage_limit: { limit_usage_by_mau: true, max_mau_value: most, admin_contact: 'mailto:root@one.test' },
});

describe('a deployment whose operator wants statistics', () => {
  const received: Received[] = [];
  let receiver: Server;
  let deployment: Deployment;
  beforeAll(async () => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
      algorithm: 'sha256',
    });
    receiver = createServer({ cert, key }, (request, response) => {
      const { method, url } = request;
      void text(request).then((body) => {
        received.push({ method, url, body: JSON.parse(body) as Json });
        response.end('{}');
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const { port } = receiver.address() as AddressInfo;
    const settings = {
      ...laboratorySettings,
      deployment_name: 'everything',
      servers: [{ server_name: 'one.test', aliases: ['127.0.0.1'] }, { server_name: 'two.test' }],
      registration: { enabled: true, guests: true },
      server_notices: { system_mxid_localpart: 'notices' },
      usage_limit: { count_interval: '500ms' },
      report_stats: {
        enabled: true,
        endpoint: `https://127.0.0.1:${port}/push?from=plexus`,
        first_after: '1s',
        interval: '1s',
        metrics_by_server: true,
      },
    };
    deployment = await launchEmbedded({ serverName: 'one.test', settings });
  });
  afterAll(async () => {
    await deployment.dispose();
    receiver.closeAllConnections();
    receiver.close();
  });

  it('reports users by what they are, of each server and of all, and shows the same as metrics', async () => {
    const http = new MatrixHttp(deployment);
    const alice = await http.register(uniqueName('alice'));
    await http.register(uniqueName('bob'));
    await http.call('POST', '/_matrix/client/v3/register?kind=guest', { body: {} });
    await alice.createRoom();
    const wanted = { daily_user_type_native: 2, daily_user_type_guest: 1, total_users: 3, total_room_count: 1 };
    const reportOf = (name: string): Json | undefined =>
      received.findLast(({ body }) => body['homeserver'] === name)?.body;
    await expect.poll(() => reportOf('one.test'), { timeout: 30_000 }).toMatchObject(wanted);
    await expect.poll(() => reportOf('everything'), { timeout: 30_000 }).toMatchObject(wanted);
    expect(reportOf('two.test')).toMatchObject({ total_users: 0, server_context: 'everything' });
    expect(received[0]).toMatchObject({ method: 'PUT', url: '/push?from=plexus' });
    const [process] = deployment.services;
    const metrics = await (await fetch(`${process?.operationUrl}/metrics`)).text();
    expect(metrics).toMatch(/^plexus_usage\{server="one.test",kind="daily_user_type_native",.*\} 2$/m);
    expect(metrics).toMatch(/^plexus_usage\{server="one.test",kind="daily_user_type_guest",.*\} 1$/m);
  });

  it('tells users that there are too many of them, and keeps others out, as long as that is so', async () => {
    await deployment.command(['user', 'create', '@root:one.test', '--admin', '--password', 'wonderland']);
    const root = await new MatrixHttp(deployment).login('@root:one.test');
    await root.call('POST', '/_plexus/admin/v1/servers', { server_name: 'limited.test', settings: limitedTo(1) });
    const http = new MatrixHttp(deployment, { host: 'limited.test' });
    const [carol, dave] = [await http.register(uniqueName('carol')), await http.register(uniqueName('dave'))];
    const { rooms } = await syncUntil(carol, (answer) => Object.keys(answer.rooms?.invite ?? {}).length > 0);
    const [roomId = ''] = Object.keys(rooms?.invite ?? {});
    await carol.join(roomId);
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}`;
    const pinned = async (): Promise<string[]> => {
      const { status, body } = await carol.call('GET', `${path}/state/m.room.pinned_events`);
      return status === 200 ? (body['pinned'] as string[]) : [];
    };
    await expect.poll(pinned, { timeout: 30_000 }).toHaveLength(1);
    const [eventId = ''] = await pinned();
    const { content } = await carol.ask('GET', `${path}/event/${encodeURIComponent(eventId)}`);
    expect(content).toMatchObject({
      msgtype: 'm.server_notice',
      server_notice_type: 'm.server_notice.usage_limit_reached',
      limit_type: 'monthly_active_user',
      admin_contact: 'mailto:root@one.test',
    });
    const registration = { username: uniqueName('erin'), password: 'x', auth: { type: 'm.login.dummy' } };
    const attempts = [
      () => dave.call('GET', '/_matrix/client/v3/sync'),
      () => dave.call('POST', '/_matrix/client/v3/createRoom', {}),
      () => http.call('POST', '/_matrix/client/v3/register', { body: registration }),
    ];
    for (const attempt of attempts) {
      const { status, body } = await attempt();
      const reason = { limit_type: 'monthly_active_user', admin_contact: 'mailto:root@one.test' };
      expect([status, body]).toMatchObject([403, { errcode: 'M_RESOURCE_LIMIT_EXCEEDED', ...reason }]);
    }
    await root.ask('PUT', '/_plexus/admin/v1/servers/limited.test/settings', limitedTo(5));
    for (const attempt of attempts) {
      await expect.poll(async () => (await attempt()).status, { timeout: 30_000 }).toBe(200);
    }
    await expect.poll(pinned, { timeout: 30_000 }).toEqual([]);
  });
});
