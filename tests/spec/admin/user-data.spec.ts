import { adminJobResponse, jobIdResponse } from '@plexus/matrix-api';
import { beforeAll, expect, it } from 'vitest';
import type { Json, MatrixClient } from '../../support/matrix-client.ts';
import { MatrixHttp, textOf } from '../../support/matrix-client.ts';
import { deploymentAdmin, part, PLEXUS_ADMIN } from '../support/administrators.ts';
import { expectError, expectShape } from '../support/expect-answer.ts';
import { roomPath } from '../support/room-path.ts';
import { sharedDeployment, uniqueName } from '../support/specified-http.ts';

let http: MatrixHttp;
let root: MatrixClient;
let alice: MatrixClient;
let bob: MatrixClient;
let roomId: string;
let said: string;
let leftRoomId: string;
let saidThere: string;
beforeAll(async () => {
  http = new MatrixHttp(await sharedDeployment());
  root = await deploymentAdmin();
  [alice, bob] = [await http.register(uniqueName('alice')), await http.register(uniqueName('bob'))];
  roomId = await alice.createRoom({ preset: 'public_chat' });
  await bob.join(roomId);
  said = await bob.send(roomId, 'mine');
  await alice.send(roomId, 'not theirs');
  leftRoomId = await alice.createRoom({ preset: 'public_chat' });
  await bob.join(leftRoomId);
  saidThere = await bob.send(leftRoomId, 'said and left');
  await bob.ask('POST', roomPath(leftRoomId, '/leave'), {});
  await bob.ask('PUT', `/_matrix/client/v3/user/${bob.userId}/account_data/a.type`, { a: 1 });
});

function ofUser(userId: string, rest: string): string {
  return `${PLEXUS_ADMIN}/users/${part(userId)}/${rest}`;
}

async function finished(path: string, body: Json): Promise<Json> {
  const jobId = textOf(expectShape(await root.call('POST', path, body), jobIdResponse, 202), 'job_id');
  const job = `${PLEXUS_ADMIN}/jobs/${jobId}`;
  await expect.poll(async () => (await root.ask('GET', job))['status'], { timeout: 30_000 }).toBe('complete');
  return expectShape(await root.call('GET', job), adminJobResponse);
}

it('exports what is held about a user as lines of JSON, without secrets', async () => {
  const job = await finished(ofUser(bob.userId, 'export'), {});
  const deployment = await sharedDeployment();
  const path = `${PLEXUS_ADMIN}/exports/${textOf(job, 'job_id')}`;
  const headers = { authorization: `Bearer ${root.session.accessToken}` };
  const answer = await fetch(deployment.baseUrlFor(path) + path, { headers });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
  const text = await answer.text();
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Json);
  const tables = new Set(lines.flatMap(({ table }) => table ?? []));
  expect([...tables]).toEqual(expect.arrayContaining(['users', 'devices', 'user_rooms', 'account_data']));
  const events = lines.flatMap(({ event }) => (event === undefined ? [] : [event as Json]));
  expect(events.map((event) => event['event_id'])).toContain(said);
  expect(text).not.toContain('not theirs');
  expect(text).not.toContain('argon2');
  expectError(await alice.call('GET', path), 403, 'M_FORBIDDEN');
  expectError(await root.call('GET', `${PLEXUS_ADMIN}/exports/none`), 404, 'M_NOT_FOUND');
});

it('erases a user, and says what was erased and what remains where', async () => {
  const exported = await finished(ofUser(bob.userId, 'export'), {});
  const copy = `${PLEXUS_ADMIN}/exports/${textOf(exported, 'job_id')}`;
  const path = ofUser(bob.userId, 'erase');
  const { result } = await finished(path, { redact_events: true });
  expectError(await root.call('GET', copy), 404, 'M_NOT_FOUND');
  expect(result).toMatchObject({
    events_redacted: expect.any(Number),
    rooms_left: 1,
    refused_departures: 0,
    erased_in_rooms: {
      [roomId]: { events_erased: expect.any(Number), remains_at: [] },
      // What was said: memberships without a name say nothing that redaction takes away.
      [leftRoomId]: { events_erased: 1, remains_at: [] },
    },
    remains_elsewhere: { rooms: expect.arrayContaining([roomId, leftRoomId]), servers: ['localhost'] },
  });
  const { rows_before: before, rows_remaining: after } = result as { rows_before: Json; rows_remaining: Json };
  expect(before).toMatchObject({ users: 1, devices: 1, user_rooms: 2 });
  expect(after).toMatchObject({ users: 1 });
  expect(Object.keys(after)).not.toEqual(expect.arrayContaining(['devices', 'account_data']));
  expectError(await bob.call('GET', '/_matrix/client/v3/account/whoami'), 401, 'M_UNKNOWN_TOKEN');
  const shown = await alice.ask('GET', roomPath(roomId, `/event/${part(said)}`));
  expect(shown['content']).toEqual({});
  const shownThere = await alice.ask('GET', roomPath(leftRoomId, `/event/${part(saidThere)}`));
  expect([shownThere['sender'], shownThere['content']]).toEqual([bob.userId, {}]);
  const user = await root.ask('GET', `/_synapse/admin/v2/users/${part(bob.userId)}`);
  expect(user).toMatchObject({ deactivated: true, erased: true, displayname: null });
  expectError(await root.call('POST', ofUser(root.userId, 'erase'), {}), 400, 'M_UNKNOWN');
  expectError(await root.call('POST', ofUser('@nobody:localhost', 'erase'), {}), 404, 'M_NOT_FOUND');
  expectError(await root.call('POST', path, { redact_events: 1 }), 400, 'M_BAD_JSON');
  expectError(await alice.call('POST', path, {}), 403, 'M_FORBIDDEN');
});
