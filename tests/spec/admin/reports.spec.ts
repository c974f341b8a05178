import { roomReportResponse, roomReportsResponse, userReportResponse, userReportsResponse } from '@plexus/matrix-api';
import { beforeAll, describe, expect, it } from 'vitest';
import { MatrixHttp } from '../../support/matrix-client.ts';
import type { Json, MatrixClient } from '../../support/matrix-client.ts';
import {
  deploymentAdmin,
  elsewhere,
  part,
  PLEXUS_ADMIN,
  serverAdmin,
  SYNAPSE_ADMIN,
} from '../support/administrators.ts';
import { expectError, expectShape } from '../support/expect-answer.ts';
import { sharedDeployment, uniqueName } from '../support/specified-http.ts';

let root: MatrixClient;
let alice: MatrixClient;
let bob: MatrixClient;
beforeAll(async () => {
  const http = new MatrixHttp(await sharedDeployment());
  root = await deploymentAdmin();
  await elsewhere(root, 'reports.test');
  [alice, bob] = [await http.register(uniqueName('alice')), await http.register(uniqueName('bob'))];
});

describe('reports of users and rooms', () => {
  it('are listed, shown and removed: of users as Synapse has them', async () => {
    await report(`users/${part(alice.userId)}`, 'rude');
    const reports = `${SYNAPSE_ADMIN}/user_reports`;
    const query = `?target_user_id=${part(alice.userId)}&user_id=${part(bob.userId)}&dir=f&limit=5`;
    const listed = expectShape(await root.call('GET', reports + query), userReportsResponse);
    const [first] = listed['user_reports'] as Json[];
    expect([listed['total'], first]).toEqual([
      1,
      expect.objectContaining({ target_user_id: alice.userId, user_id: bob.userId, reason: 'rude' }),
    ]);
    const path = `${reports}/${String(first?.['id'])}`;
    expect(expectShape(await root.call('GET', path), userReportResponse)).toEqual(first);
    await expectForAdministrators(reports, path);
  });

  it('are listed, shown and removed: of rooms likewise', async () => {
    const roomId = await alice.createRoom({ preset: 'public_chat' });
    await report(`rooms/${part(roomId)}`, 'spam');
    await report(`rooms/${part(roomId)}`, 'more of it');
    const reports = `${PLEXUS_ADMIN}/room_reports`;
    const query = `?room_id=${part(roomId)}&limit=1`;
    const newest = expectShape(await root.call('GET', reports + query), roomReportsResponse);
    expect(newest).toMatchObject({ total: 2, next_token: 1, room_reports: [{ reason: 'more of it' }] });
    const older = await root.ask('GET', `${reports}${query}&from=1`);
    expect(older).toMatchObject({ total: 2, room_reports: [{ room_id: roomId, user_id: bob.userId, reason: 'spam' }] });
    const [first] = newest['room_reports'] as Json[];
    const path = `${reports}/${String(first?.['id'])}`;
    expect(expectShape(await root.call('GET', path), roomReportResponse)).toEqual(first);
    await expectForAdministrators(reports, path);
  });
});

/** Of another server's administrators neither; the report is gone then. */
async function expectForAdministrators(reports: string, path: string): Promise<void> {
  const theirs = await serverAdmin('reports.test');
  expectError(await theirs.call('GET', path), 404, 'M_NOT_FOUND');
  expectError(await theirs.call('DELETE', path), 404, 'M_NOT_FOUND');
  expect((await theirs.ask('GET', reports))['total']).toBe(0);
  expect(await root.ask('DELETE', path)).toEqual({});
  expectError(await root.call('GET', path), 404, 'M_NOT_FOUND');
  expectError(await root.call('GET', `${reports}/x`), 400, 'M_INVALID_PARAM');
  expectError(await root.call('GET', `${reports}?dir=x`), 400, 'M_INVALID_PARAM');
  expectError(await alice.call('GET', reports), 403, 'M_FORBIDDEN');
}

function report(path: string, reason: string): Promise<Json> {
  return bob.ask('POST', `/_matrix/client/v3/${path}/report`, { reason });
}
