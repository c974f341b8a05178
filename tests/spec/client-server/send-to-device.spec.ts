import { beforeAll, describe, expect, it } from 'vitest';
import type { MatrixClient } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import type { SpecifiedHttp } from '../support/specified-http.ts';
import { specified, uniqueName } from '../support/specified-http.ts';
import { syncWith } from '../support/sync-answer.ts';

const SEND = '/_matrix/client/v3/sendToDevice';

let http: SpecifiedHttp;
let alice: MatrixClient;
let bob: MatrixClient;
beforeAll(async () => {
  http = await specified();
  [alice, bob] = [await http.register(uniqueName('alice')), await http.register(uniqueName('bob'))];
});

describe('sendToDevice', () => {
  it('reaches the device that is named, once', async () => {
    const { next_batch: since } = await syncWith(bob);
    const messages = { [bob.userId]: { [bob.session.deviceId]: { text: 'psst' }, NONE: {} } };
    for (let times = 0; times < 2; times += 1) {
      expect(await alice.ask('PUT', `${SEND}/m.dummy/one`, { messages })).toEqual({});
    }
    const answer = await syncWith(bob, { since });
    expect(answer.to_device?.events).toEqual([{ type: 'm.dummy', sender: alice.userId, content: { text: 'psst' } }]);
    expect((await syncWith(bob, { since: answer.next_batch })).to_device).toBeUndefined();
  });

  it('reaches all devices of a user by *, while they wait', async () => {
    const other = await http.login(bob.userId.slice(1).split(':', 1)[0] ?? '');
    const devices = [bob, other];
    const tokens = await Promise.all(devices.map(async (device) => (await syncWith(device)).next_batch));
    const waiting = devices.map((device, index) => syncWith(device, { since: tokens[index] ?? '', timeout: '20000' }));
    await alice.ask('PUT', `${SEND}/m.dummy/two`, { messages: { [bob.userId]: { '*': { to: 'all' } } } });
    for (const answer of await Promise.all(waiting)) {
      expect(answer.to_device?.events.map(({ content }) => content)).toEqual([{ to: 'all' }]);
    }
  });

  it('ignores who is not there', async () => {
    const messages = { '@nobody:localhost': { '*': {} }, '@far:elsewhere.test': { DEVICE: {} } };
    expect(await alice.ask('PUT', `${SEND}/m.dummy/three`, { messages })).toEqual({});
  });

  it('refuses what is not messages', async () => {
    expectError(await alice.call('PUT', `${SEND}/m.dummy/bad`, {}), 400, 'M_MISSING_PARAM');
    expectError(
      await alice.call('PUT', `${SEND}/m.dummy/bad`, { messages: { bob: { D: {} } } }),
      400,
      'M_INVALID_PARAM',
    );
    expectError(await alice.call('PUT', `${SEND}/m.dummy/bad`, { messages: { [bob.userId]: 1 } }), 400, 'M_BAD_JSON');
    expectError(await http.call('PUT', `${SEND}/m.dummy/bad`, { body: {} }), 401, 'M_MISSING_TOKEN');
  });
});
