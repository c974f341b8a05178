import { FakeHostedServers } from '@plexus/testing';
import { expect, it } from 'vitest';
import { AdvanceSigningKeys } from './advance-signing-keys.ts';
import { RotateSigningKey } from './rotate-signing-key.ts';

const MINUTE = 60_000;
const clock = { now: () => 0, delay: async () => {} };

function build() {
  const servers = new FakeHostedServers(['one.example']);
  let count = 0;
  const random = {
    bytes: (length: number) => Buffer.alloc(length, (count += 1)),
    fraction: () => 0,
  };
  const rotate = new RotateSigningKey(servers, random);
  const advance = new AdvanceSigningKeys(servers, clock);
  const stages = () =>
    rotate
      .list('one.example')
      .map(({ activeSince, retiredAt }) =>
        retiredAt === undefined ? (activeSince === undefined ? 'announced' : 'active') : 'retired',
      );
  return { servers, rotate, advance, stages };
}

it('signs with the new key, and keeps the old one in use until every signer must have followed', async () => {
  const { servers, rotate, advance, stages } = build();
  const before = servers.findSigningKey('one.example');
  const [newest] = await rotate.execute('one.example');
  expect(servers.findSigningKey('one.example')?.keyId).toBe(newest?.keyId);
  expect(newest?.keyId).not.toBe(before?.keyId);
  servers.now += 119 * MINUTE;
  await advance.runOnce();
  expect(stages()).toEqual(['active', 'active']);
  servers.now += 2 * MINUTE;
  await advance.runOnce();
  expect(stages()).toEqual(['active', 'retired']);
});

it('announces a key before anybody signs with it', async () => {
  const { servers, rotate, stages } = build();
  const seen: string[][] = [];
  servers.spread = async () => {
    seen.push(stages());
  };
  await rotate.execute('one.example');
  expect(seen).toEqual([
    ['announced', 'active'],
    ['active', 'active'],
  ]);
});

it('takes on what a process that died has left announced, and what is announced stays the next key', async () => {
  const { servers, rotate, advance, stages } = build();
  servers.spread = async () => {
    throw new Error('died here');
  };
  await expect(rotate.execute('one.example')).rejects.toThrow('died here');
  await expect(rotate.execute('one.example')).rejects.toThrow('died here');
  expect(stages()).toEqual(['announced', 'active']);
  await advance.runOnce();
  expect(stages()).toEqual(['announced', 'active']);
  servers.now += MINUTE;
  await advance.runOnce();
  expect(stages()).toEqual(['active', 'active']);
});

it('knows no keys of a server that is not hosted here', async () => {
  const { rotate } = build();
  await expect(rotate.execute('far.example')).rejects.toMatchObject({ httpStatus: 404 });
  expect(() => rotate.list('far.example')).toThrow('not hosted here');
});
