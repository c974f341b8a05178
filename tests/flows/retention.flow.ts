import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import { launchEmbedded } from '../../scripts/cluster/launch-embedded.ts';
import { laboratorySettings } from '../../scripts/cluster/service-configuration.ts';
import type { MatrixClient } from '../support/matrix-client.ts';
import { MatrixHttp } from '../support/matrix-client.ts';
import type { SyncedEvent } from './support/timeline.ts';
import { bodiesOf, syncOnce, WHOLE_TIMELINE } from './support/timeline.ts';

const LIFETIME_MS = 4_000;
/** A round is due all the time. */
const settings = { ...laboratorySettings, retention: { enabled: true, purge_interval: '500ms' } };

describe('messages that expire', () => {
  let deployment: Deployment;
  let alice: MatrixClient;
  beforeAll(async () => {
    deployment = await launchEmbedded({ settings });
    alice = await new MatrixHttp(deployment).register('alice');
  });
  afterAll(() => deployment.dispose());

  async function messagesOf(roomId: string): Promise<unknown[]> {
    const room = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}`;
    const { chunk } = await alice.ask('GET', `${room}/messages?dir=f&limit=100`);
    return bodiesOf(chunk as SyncedEvent[]);
  }

  it('go from the room that asks for it, and newer ones, its state and other rooms stay', async () => {
    const [short, long] = [await alice.createRoom({ name: 'Short' }), await alice.createRoom()];
    await alice.setState(short, 'm.room.retention', { max_lifetime: LIFETIME_MS });
    for (const roomId of [short, long]) await alice.send(roomId, 'old');
    let newest = 0;
    const sayMore = async (): Promise<unknown[]> => {
      await alice.send(short, `new ${++newest}`);
      return messagesOf(short);
    };
    await expect.poll(sayMore, { timeout: 60_000, interval: 200 }).not.toContain('old');
    expect(await messagesOf(short)).toContain(`new ${newest}`);
    expect(await messagesOf(long)).toEqual(['old']);
    const { rooms } = await syncOnce(alice, { filter: WHOLE_TIMELINE });
    expect(bodiesOf(rooms?.join?.[short]?.timeline.events ?? [])).not.toContain('old');
    const name = `/_matrix/client/v3/rooms/${encodeURIComponent(short)}/state/m.room.name/`;
    expect(await alice.ask('GET', name)).toEqual({ name: 'Short' });
  });
});

describe('messages that have expired while no round is due', () => {
  let deployment: Deployment;
  let alice: MatrixClient;
  beforeAll(async () => {
    const later = { ...laboratorySettings, retention: { enabled: true, purge_interval: '1h' } };
    deployment = await launchEmbedded({ settings: later });
    alice = await new MatrixHttp(deployment).register('alice');
  });
  afterAll(() => deployment.dispose());

  it('are shown nowhere any more', async () => {
    const roomId = await alice.createRoom();
    await alice.setState(roomId, 'm.room.retention', { max_lifetime: LIFETIME_MS });
    const old = await alice.send(roomId, 'old');
    const room = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}`;
    const statusOf = async (): Promise<number> => {
      await alice.send(roomId, 'new');
      return (await alice.call('GET', `${room}/event/${encodeURIComponent(old)}`)).status;
    };
    expect(await statusOf()).toBe(200);
    await expect.poll(statusOf, { timeout: 60_000, interval: 500 }).toBe(404);
    const { chunk } = await alice.ask('GET', `${room}/messages?dir=f&limit=100`);
    expect(bodiesOf(chunk as SyncedEvent[])).not.toContain('old');
    const { rooms } = await syncOnce(alice, { filter: WHOLE_TIMELINE });
    const told = bodiesOf(rooms?.join?.[roomId]?.timeline.events ?? []);
    expect([told.includes('old'), told.at(-1)]).toEqual([false, 'new']);
    expect((await alice.call('GET', `${room}/context/${encodeURIComponent(old)}`)).status).toBe(404);
  });
});
