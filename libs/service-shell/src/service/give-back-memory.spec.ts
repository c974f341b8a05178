import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { getHeapSpaceStatistics } from 'node:v8';
import { expect, it, onTestFinished } from 'vitest';
import { giveBackMemory } from './give-back-memory.ts';

it('shrinks a young generation that has grown', async () => {
  const kept = Array.from({ length: 200_000 }, (_, index) => ({ index, text: `entry ${index}` }));
  const grown = youngGeneration();
  expect(kept.length).toBe(200_000);

  await giveBackMemory();

  expect(youngGeneration()).toBeLessThan(grown);
});

it('begins when what was answered before has been read', async () => {
  const server = createServer((socket) => socket.write('answer')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a server on a port has an address');
  const asked = connect(address.port, '127.0.0.1');
  onTestFinished(() => void asked.destroy());
  onTestFinished(() => void server.close());
  const order: string[] = [];
  asked.once('data', () => void order.push('read'));
  await once(server, 'connection');

  await giveBackMemory(() => void order.push('collected'));

  expect(order).toEqual(['read', 'collected']);
});

function youngGeneration(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0;
}
