import type { QueueKey } from '@plexus/storage';
import { expect, it, vi } from 'vitest';
import { PeerSightings } from './peer-sightings.ts';

const QUEUE = { origin: 'one.example', destination: 'b.example' };

function setUp(origins: readonly { origin: string; isFailing: boolean }[]) {
  const looked: string[] = [];
  const tried: QueueKey[] = [];
  const clock = { time: 0, now: () => clock.time };
  const sightings = new PeerSightings({
    destinations: { listOrigins: async (destination) => (looked.push(destination), [...origins]) },
    queues: { tryAgain: async (key) => void tried.push(key) },
    clock,
    failed: () => undefined,
  });
  return { sightings, looked, tried, clock };
}

it('has a server tried that was left alone by the one that it asked', async () => {
  const { sightings, tried } = setUp([
    { origin: 'one.example', isFailing: true },
    { origin: 'two.example', isFailing: true },
  ]);
  sightings.seen(QUEUE);
  await vi.waitFor(() => expect(tried).toEqual([QUEUE]));
});

it('looks once a minute, and leaves alone what is well', async () => {
  const { sightings, looked, tried, clock } = setUp([{ origin: 'one.example', isFailing: false }]);
  for (let seen = 0; seen < 5; seen += 1) sightings.seen(QUEUE);
  await vi.waitFor(() => expect(looked).toEqual(['b.example']));
  clock.time = 60_000;
  sightings.seen(QUEUE);
  await vi.waitFor(() => expect(looked).toHaveLength(2));
  expect(tried).toEqual([]);
});
