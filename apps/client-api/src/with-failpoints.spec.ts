import { expect, it } from 'vitest';
import { fakePorts } from '../test-support/fake-ports.ts';
import { FAILPOINTS } from './failpoints.ts';
import type { Failpoint } from './failpoints.ts';
import { withFailpoints } from './with-failpoints.ts';

const USER = '@a:one.example';
const ROOM = '!room:one.example';

it('reaches every failpoint around the change that it names, and leaves other methods alone', async () => {
  const reached: Failpoint[] = [];
  const ports = fakePorts();
  const steps = withFailpoints(ports, { reach: (failpoint) => void reached.push(failpoint) });

  await steps.users.addUser({ userId: USER, passwordHash: undefined });
  const tokenHash = Buffer.alloc(32, 1);
  await steps.sessions.openSession({ userId: USER, deviceId: 'D', deviceDisplayName: undefined, tokenHash });
  await steps.creations.storeCreation({ commandId: 'c', roomId: ROOM, createEvent: Buffer.from('{}') });
  await steps.aliases.addAlias({ roomAlias: '#a:one.example', roomId: ROOM, creator: USER });
  await steps.writer.execute({ commandId: 'c', roomId: ROOM, command: undefined });
  await steps.published.publishRoom('one.example', ROOM);

  expect(reached).toEqual(FAILPOINTS);
  expect(await steps.users.findUser(USER)).toMatchObject({ userId: USER });
  expect(await steps.aliases.findAlias('#a:one.example')).toMatchObject({ roomId: ROOM });
});

it('does not change anything where the failpoint before it fails', async () => {
  const ports = fakePorts();
  const steps = withFailpoints(ports, { reach: () => Promise.reject(new Error('failed')) });
  await expect(steps.users.addUser({ userId: USER, passwordHash: undefined })).rejects.toThrow('failed');
  expect(await ports.users.findUser(USER)).toBeUndefined();
});
