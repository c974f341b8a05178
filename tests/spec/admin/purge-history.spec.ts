import {
  auditLogResponse,
  adminJobResponse,
  adminJobsResponse,
  purgeHistoryResponse,
  purgeStatusResponse,
} from '@plexus/matrix-api';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Json, MatrixClient } from '../../support/matrix-client.ts';
import { MatrixHttp, textOf } from '../../support/matrix-client.ts';
import {
  deploymentAdmin,
  elsewhere,
  part,
  PLEXUS_ADMIN,
  serverAdmin,
  SYNAPSE_ADMIN,
} from '../support/administrators.ts';
import { expectError, expectShape } from '../support/expect-answer.ts';
import { roomPath } from '../support/room-path.ts';
import { sharedDeployment, uniqueName } from '../support/specified-http.ts';

const PURGE = `${SYNAPSE_ADMIN}/purge_history`;
const STATUS = `${SYNAPSE_ADMIN}/purge_history_status`;

let root: MatrixClient;
let alice: MatrixClient;
let roomId: string;
beforeAll(async () => {
  root = await deploymentAdmin();
  alice = await new MatrixHttp(await sharedDeployment()).register(uniqueName('alice'));
  roomId = await alice.createRoom({ preset: 'public_chat' });
});

async function messages(client: MatrixClient, room: string): Promise<string[]> {
  const { chunk } = await client.ask('GET', roomPath(room, '/messages?dir=b&limit=100'));
  return (chunk as Json[]).map((event) => String(event['event_id'])).toReversed();
}

async function purge(admin: MatrixClient, room: string, body: Json, eventId?: string): Promise<void> {
  const path = `${PURGE}/${part(room)}${eventId === undefined ? '' : `/${part(eventId)}`}`;
  const started = expectShape(await admin.call('POST', path, body), purgeHistoryResponse);
  const status = `${STATUS}/${textOf(started, 'purge_id')}`;
  await expect
    .poll(async () => expectShape(await admin.call('GET', status), purgeStatusResponse), { timeout: 30_000 })
    .toEqual({ status: 'complete' });
}

describe('POST /purge_history', () => {
  it('removes what was before an event, for those who read and those who sync', async () => {
    const since = textOf(await alice.sync(), 'next_batch');
    await alice.send(roomId, 'one');
    const old = textOf(await alice.sync(), 'next_batch');
    const cutOff = await alice.send(roomId, 'two');
    const later = await alice.send(roomId, 'three');
    await purge(root, roomId, { delete_local_events: true }, cutOff);
    expect(await messages(alice, roomId)).toEqual([cutOff, later]);
    for (const from of [since, old]) {
      const room = joined(await alice.sync({ since: from }), roomId);
      const shown = (room['timeline'] as { events: Json[] }).events.map((event) => event['event_id']);
      expect(shown).toEqual([cutOff, later]);
      await alice.ask('GET', roomPath(roomId, `/messages?dir=b&from=${from}`));
    }
    const whole = joined(await alice.sync({ fullState: true }), roomId);
    expect((whole['state'] as { events: Json[] }).events.map(({ type }) => type)).toContain('m.room.create');
    await alice.send(roomId, 'four');
  });

  it('removes what was stored before a time, and only what others sent unless told otherwise', async () => {
    const room = await alice.createRoom();
    const kept = await alice.send(room, 'one');
    await alice.send(room, 'two');
    const ts = Date.now();
    const cutOff = await alice.send(room, 'three');
    await purge(root, room, { purge_up_to_ts: ts });
    expect(await messages(alice, room)).toEqual([cutOff]);
    expectError(await alice.call('GET', roomPath(room, `/event/${part(kept)}`)), 404, 'M_NOT_FOUND');
    expectError(await root.call('POST', `${PURGE}/${part(room)}`, { purge_up_to_ts: 1 }), 404, 'M_NOT_FOUND');
  });

  it.each<[string, Json, number, string]>([
    ['nothing to go by', {}, 400, 'M_BAD_JSON'],
    ['a time that is no integer', { purge_up_to_ts: 1.5 }, 400, 'M_BAD_JSON'],
    ['a time that is a text', { purge_up_to_ts: 'x' }, 400, 'M_BAD_JSON'],
    ['an unknown event', { purge_up_to_event_id: `$${'x'.repeat(43)}` }, 404, 'M_NOT_FOUND'],
    ['an event id that is none', { purge_up_to_event_id: 'x' }, 404, 'M_NOT_FOUND'],
    ['a flag that is none', { delete_local_events: 1 }, 400, 'M_BAD_JSON'],
  ])('refuses %s', async (_what, body, status, errcode) => {
    expectError(await root.call('POST', `${PURGE}/${part(roomId)}`, body), status, errcode);
  });

  it('refuses an event of another room, an unknown room and purge, and who is no administrator', async () => {
    const other = await alice.send(await alice.createRoom(), 'elsewhere');
    expectError(await root.call('POST', `${PURGE}/${part(roomId)}/${part(other)}`, {}), 400, 'M_UNKNOWN');
    expectError(await root.call('POST', `${PURGE}/!none:localhost`, { purge_up_to_ts: 5 }), 404, 'M_NOT_FOUND');
    expectError(await root.call('POST', `${PURGE}/nonsense`, { purge_up_to_ts: 5 }), 400, 'M_INVALID_PARAM');
    expectError(await root.call('GET', `${STATUS}/none`), 404, 'M_NOT_FOUND');
    expectError(await alice.call('POST', `${PURGE}/${part(roomId)}`, { purge_up_to_ts: 5 }), 403, 'M_FORBIDDEN');
    expectError(await alice.call('GET', `${STATUS}/none`), 403, 'M_FORBIDDEN');
  });

  it('is for a hosted server’s administrator where no other hosted server shares the room', async () => {
    const local = await serverAdmin();
    const bob = await (await elsewhere(root, 'purge.test')).register(uniqueName('bob'));
    const theirs = await serverAdmin('purge.test');
    const shared = await alice.createRoom({ preset: 'public_chat' });
    await alice.send(shared, 'one');
    const first = await alice.send(shared, 'two');
    await purge(local, shared, { delete_local_events: true }, first);
    expectError(await theirs.call('POST', `${PURGE}/${part(shared)}/${part(first)}`, {}), 404, 'M_NOT_FOUND');
    await bob.join(shared);
    const second = await alice.send(shared, 'three');
    for (const admin of [local, theirs]) {
      expectError(await admin.call('POST', `${PURGE}/${part(shared)}/${part(second)}`, {}), 403, 'M_FORBIDDEN');
    }
    await purge(root, shared, { delete_local_events: true }, second);
    expect(await messages(bob, shared)).toEqual([second]);
  });
});

describe('what administrators did', () => {
  it('is in the audit log, and its jobs can be looked at', async () => {
    const room = await alice.createRoom();
    const end = await alice.send(room, 'end');
    await purge(root, room, {}, end);
    const log = await root.call('GET', `${PLEXUS_ADMIN}/audit_log?target=${part(room)}`);
    const { entries } = expectShape(log, auditLogResponse);
    expect(entries).toEqual([
      expect.objectContaining({ administrator: root.userId, target: { roomId: room, eventId: end }, status: 200 }),
    ]);
    const { jobs } = expectShape(
      await root.call('GET', `${PLEXUS_ADMIN}/jobs?target=${part(room)}`),
      adminJobsResponse,
    );
    const [job] = jobs as Json[];
    const path = `${PLEXUS_ADMIN}/jobs/${String(job?.['job_id'])}`;
    expect(expectShape(await root.call('GET', path), adminJobResponse)).toMatchObject({ status: 'complete' });
    expectError(await root.call('DELETE', path), 409, 'M_UNKNOWN');
    expectError(await root.call('DELETE', `${PLEXUS_ADMIN}/jobs/none`), 404, 'M_NOT_FOUND');
    expectError(await alice.call('GET', `${PLEXUS_ADMIN}/audit_log`), 403, 'M_FORBIDDEN');
  });
});

function joined(sync: Json, room: string): Json {
  const { join } = sync['rooms'] as { join: Record<string, Json> };
  const found = join[room];
  if (found === undefined) throw new Error(`${room} is not in ${JSON.stringify(sync)}`);
  return found;
}
