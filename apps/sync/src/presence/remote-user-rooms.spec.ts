import { expect, it, vi } from 'vitest';
import { RemoteUserRooms } from './remote-user-rooms.ts';
import type { RemoteUserRoomsOptions } from './remote-user-rooms.ts';

type Read = RemoteUserRoomsOptions['read'];

const user = (index: number, server = 'other.example'): string => `@u${index}:${server}`;

it('reads one after the other, each once, and of one server not more than it can', async () => {
  let most = 0;
  let now = 0;
  const read = vi.fn<Read>(async (userId) => {
    most = Math.max(most, (now += 1));
    await Promise.resolve();
    now -= 1;
    return new Set([`!of${userId}`]);
  });
  const rooms = new RemoteUserRooms({ isRemote: () => true, read });
  const all = Array.from({ length: 150 }, (_, index) => rooms.read(user(index)));
  const other = rooms.read(user(0, 'third.example'));
  const found = await Promise.all(all);
  expect(found.filter(({ size }) => size === 1)).toHaveLength(100);
  expect((await other).size).toBe(1);
  expect(most).toBe(1);
  expect(read).toHaveBeenCalledTimes(101);
  expect(rooms.find(user(0))).toEqual(new Set([`!of${user(0)}`]));
  expect((await rooms.read(user(149))).size).toBe(1);
});

it('tries again where reading failed', async () => {
  const read = vi
    .fn<Read>()
    .mockRejectedValueOnce(new Error('away'))
    .mockResolvedValue(new Set(['!a']));
  const rooms = new RemoteUserRooms({ isRemote: () => true, read });
  await expect(rooms.read(user(0))).rejects.toThrow('away');
  expect(await rooms.read(user(0))).toEqual(new Set(['!a']));
});
