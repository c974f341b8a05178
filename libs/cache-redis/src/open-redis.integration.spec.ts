import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { expect, it, onTestFinished, vi } from 'vitest';
import { TcpProxy } from '../../../tests/support/tcp-proxy.ts';
import { openSubscriber } from './open-redis.ts';

const url = process.env['PLEXUS_TEST_REDIS'] ?? 'redis://127.0.0.1:6379';

it('leaves no failure behind that nobody hears where a subscriber is closed just after it came back', async () => {
  const { hostname: host, port } = new URL(url);
  const proxy = await TcpProxy.open({ host, port: Number(port) });
  const unheard = vi.fn<(reason: unknown) => void>();
  process.on('unhandledRejection', unheard);
  onTestFinished(() => void process.off('unhandledRejection', unheard));
  const subscriber = openSubscriber({ place: { kind: 'single', url: `redis://127.0.0.1:${proxy.port}` } });
  await until(subscriber, 'ready');
  await subscriber.subscribe(`closed-${randomUUID()}`);
  const backAgain = until(subscriber, 'ready');
  proxy.cut();
  await backAgain;
  const ended = until(subscriber, 'end');
  subscriber.disconnect();
  proxy.cut();
  await ended;
  await proxy.close();
  // Failures that nobody hears are told of after what is due now.
  await new Promise<void>((resolve) => setImmediate(resolve));
  expect(unheard).not.toHaveBeenCalled();
});

function until(client: Redis, event: 'ready' | 'end'): Promise<void> {
  return new Promise((resolve) => client.once(event, () => resolve()));
}
