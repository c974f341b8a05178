import { RpcError } from '@plexus/rpc';
import { appserviceShardOf } from '@plexus/topics';
import { expect, it } from 'vitest';
import { TellOwners } from './tell-owners.ts';

it('says where an owner cannot be told, and asks anew who that is', async () => {
  const failures: unknown[] = [];
  const asked: string[] = [];
  let address = 'gone:1';
  const tellOwners = new TellOwners({
    owners: { listShardOwners: async () => new Map([[appserviceShardOf('irc'), address]]) },
    channels: {
      channelTo: (to) => ({
        wakeQueues: async ({ appserviceIds }) => {
          asked.push(`${to} ${appserviceIds.join()}`);
          if (to === 'gone:1') throw new RpcError('gone:1: nobody answers');
          return {};
        },
      }),
    },
    clock: { now: () => 0 },
    tracedRows: { latest: () => [] },
    failed: (doing, error) => void failures.push([doing, String(error)]),
  });
  tellOwners.tell(['irc']);
  await tellOwners.stop();
  expect(failures).toEqual([['tell owners of queues', 'RpcError: gone:1: nobody answers']]);
  address = 'here:1';
  tellOwners.tell(['irc']);
  await tellOwners.stop();
  expect([asked, failures.length]).toEqual([['gone:1 irc', 'here:1 irc'], 1]);
});
