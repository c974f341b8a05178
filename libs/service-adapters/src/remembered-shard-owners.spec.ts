import { expect, it } from 'vitest';
import { FakeCache } from '@plexus/testing';
import { RememberedShardOwners } from './remembered-shard-owners.ts';

it('asks once per shard, and again when it is told to forget', async () => {
  const asked: number[] = [];
  const addresses = ['a', 'b', 'c'];
  const reader = {
    findOwnerAddress: async (shard: number) => {
      asked.push(shard);
      return addresses.shift();
    },
  };
  const owners = new RememberedShardOwners(reader, new FakeCache());
  expect([await owners.findOwner(1), await owners.findOwner(1), await owners.findOwner(2)]).toEqual(['a', 'a', 'b']);
  owners.forgetOwner(1);
  expect([await owners.findOwner(1), await owners.findOwner(2)]).toEqual(['c', 'b']);
  expect(asked).toEqual([1, 2, 1]);
});

it('does not remember that nobody owns a shard', async () => {
  const answers = [undefined, 'a'];
  const owners = new RememberedShardOwners({ findOwnerAddress: async () => answers.shift() }, new FakeCache());
  expect([await owners.findOwner(1), await owners.findOwner(1)]).toEqual([undefined, 'a']);
});
