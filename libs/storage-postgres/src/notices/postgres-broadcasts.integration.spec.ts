import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresBroadcasts } from './postgres-broadcasts.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

async function setStatus(status: string): Promise<void> {
  await test.database.query(
    `insert into hosted_servers (server_name, status, settings, origin) values ('resting.test', '${status}', '{}', 'admin-api')
     on conflict (server_name) do update set status = excluded.status`,
  );
}

it('lets the broadcasts of a suspended server rest until it is active again', async () => {
  const broadcasts = new PostgresBroadcasts(test.database);
  await setStatus('suspended');
  const broadcast = {
    requestedBy: '@root:one.test',
    type: 'm.room.message',
    content: '{}',
    audience: {},
    perSecond: 10,
  };
  await broadcasts.add({ ...broadcast, broadcastId: 'b', serverName: 'resting.test' });
  expect(await broadcasts.takeTurn(50)).toEqual({ outcome: 'wait', forMs: undefined });
  await setStatus('active');
  expect(await broadcasts.takeTurn(50)).toMatchObject({ outcome: 'turn', broadcast: { broadcastId: 'b' } });
});
