import { expect, it } from 'vitest';
import { RpcError } from '@plexus/rpc';
import { AskSuccessors } from './ask-successors.ts';

const ROOM_SHARDS = 8;

it('asks each of the others to take as many as evens out what they own', async () => {
  const { successors, asked } = build({ a: [], b: [0, 1, 2], c: [3] });
  await successors.take([4, 5, 6, 7]);
  expect(asked).toEqual([
    ['b', [6]],
    ['c', [4, 5, 7]],
  ]);
});

it('asks nobody where it is alone', async () => {
  const { successors, asked } = build({ a: [0, 1] });
  await successors.take([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(asked).toEqual([]);
});

it('asks another one where one does not answer, once each', async () => {
  const { successors, asked, failures } = build({ b: [0, 1], c: [2, 3] }, ['b']);
  await successors.take([4, 5, 6, 7]);
  expect(asked).toEqual([
    ['b', [4, 6]],
    ['c', [5, 7]],
    ['c', [4, 6]],
  ]);
  expect(failures).toHaveLength(1);
  const nobody = build({ b: [0], c: [1] }, ['b', 'c']);
  await nobody.successors.take([4, 5]);
  expect(nobody.asked).toHaveLength(2);
});

it('leaves it to the assignment where the owners cannot be read', async () => {
  const { failures, successors } = build({}, [], new Error('no database'));
  await successors.take([1]);
  expect(failures).toEqual([new Error('no database')]);
});

function build(owned: Record<string, number[]>, silent: string[] = [], outage?: Error) {
  const asked: [string, number[]][] = [];
  const failures: unknown[] = [];
  const owners = new Map(Object.entries(owned).flatMap(([address, shards]) => shards.map((shard) => [shard, address])));
  const successors = new AskSuccessors({
    rooms: {
      async listShardOwners() {
        if (outage !== undefined) throw outage;
        return new Map(owners);
      },
    },
    channels: {
      channelTo: (address) => ({
        execute: () => Promise.reject(new Error('no command')),
        async takeShards(shards) {
          asked.push([address, [...shards]]);
          if (silent.includes(address)) throw new RpcError('gone');
          for (const shard of shards) owners.set(shard, address);
        },
      }),
    },
    address: 'a',
    roomShards: ROOM_SHARDS,
    failed: (error) => failures.push(error),
  });
  return { successors, asked, failures };
}
