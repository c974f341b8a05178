import { beforeAll, expect, it } from 'vitest';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import { MatrixClient, MatrixHttp, textOf } from '../support/matrix-client.ts';
import type { Json } from '../support/matrix-client.ts';
import { inBothModes, uniqueName } from './support/in-both-modes.ts';

const V3 = '/_matrix/client/v3';

interface Told {
  readonly next_batch: string;
  readonly account_data?: { readonly events: readonly { readonly type: string }[] };
  readonly to_device?: { readonly events: readonly { readonly content: Json }[] };
}

inBothModes('what a user tells their own devices', (deploy) => {
  let replicas: MatrixHttp[];
  let here: MatrixClient;
  let there: MatrixClient;
  beforeAll(async () => {
    const deployment: Deployment = await deploy();
    replicas = [0, 1].map((replica) => new MatrixHttp(deployment.routesTo(replica)));
    const [first, second] = replicas;
    if (first === undefined || second === undefined) throw new Error('there are two replicas');
    const { session } = await first.register(uniqueName('devices'));
    [here, there] = [new MatrixClient(first, session), new MatrixClient(second, session)];
  });

  async function setColor(color: string): Promise<void> {
    await here.ask('PUT', `${V3}/user/${encodeURIComponent(here.userId)}/account_data/org.example.color`, { color });
  }
  async function sendToSelf(n: number): Promise<void> {
    const messages = { [here.userId]: { [here.session.deviceId]: { n } } };
    await here.ask('PUT', `${V3}/sendToDevice/org.example.ping/${n}-${Math.random()}`, { messages });
  }

  it('wakes the long poll at the other replica, within two seconds', async () => {
    const since = textOf(await there.sync(), 'next_batch');
    const waiting = sync(there, since, 20_000);
    await setColor('red');
    const begin = performance.now();
    expect(typesIn(await waiting)).toEqual(['org.example.color']);
    expect(performance.now() - begin).toBeLessThan(2_000);
  });

  it('is read at once after it was written, at either replica', async () => {
    let since = textOf(await there.sync(), 'next_batch');
    for (const [turn, reader] of [here, there, here, there].entries()) {
      await setColor(`color ${turn}`);
      const told = await sync(reader, since);
      expect(typesIn(told)).toEqual(['org.example.color']);
      since = told.next_batch;
    }
  });

  it('has each message once, whichever replica is asked, and again where the answer was lost', async () => {
    const since = textOf(await here.sync(), 'next_batch');
    for (let n = 0; n < 3; n += 1) await sendToSelf(n);
    const [one, two] = [await sync(here, since), await sync(there, since)];
    expect([numbersIn(one), numbersIn(two)]).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ]);
    await sendToSelf(3);
    const next = await sync(there, one.next_batch);
    expect(numbersIn(next)).toEqual([3]);
    expect(numbersIn(await sync(here, next.next_batch))).toEqual([]);
    expect(numbersIn(await sync(there, since))).toEqual([]);
  });
});

async function sync(client: MatrixClient, since?: string, timeout = 0): Promise<Told> {
  return client.sync<Told>({ ...(since !== undefined && { since }), timeout });
}

function typesIn({ account_data: accountData }: Told): string[] {
  return accountData?.events.map(({ type }) => type) ?? [];
}

function numbersIn({ to_device: toDevice }: Told): unknown[] {
  return toDevice?.events.map(({ content }) => content['n']) ?? [];
}
