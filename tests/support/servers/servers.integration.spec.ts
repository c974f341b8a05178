import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createKafka } from './kafka.ts';
import { createPostgres } from './postgres.ts';
import { createRedis } from './redis.ts';
import type { TestServer } from './server-process.ts';

function isListening(address: string): Promise<boolean> {
  const port = Number(/:(\d+)/.exec(address.replace(/^.*\/\//, ''))?.[1]);
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      resolve(true);
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
  });
}

describe.each([
  ['Redis', createRedis],
  ['Postgres', createPostgres],
  ['Kafka', createKafka],
])('the %s of the tests', (_, create) => {
  let server: TestServer | undefined;
  afterEach(() => server?.dispose());

  it('comes back at the same address after a kill', async () => {
    server = await create();
    await server.start();
    const { address } = server;
    const first = server.pid();
    await server.kill();
    expect(server.pid()).toBeUndefined();
    expect(await isListening(address)).toBe(false);
    await server.start();
    expect(server.pid()).not.toBe(first);
    expect(await isListening(address)).toBe(true);
  });
});
