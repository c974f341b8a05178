import { credentials } from '@grpc/grpc-js';
import { EventEmitter, once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { RoomCommand, RoomCommandHandler } from '@plexus/rpc';
import { RpcError } from '@plexus/rpc';
import { addRoomWriter, GrpcRoomWriterChannels } from '@plexus/rpc-grpc';
import { createLogger } from '@plexus/service-shell';
import { GrpcServer } from './grpc-server.ts';
import { secureGrpc } from './grpc-tls.ts';

const logger = createLogger({ service: 'test', level: 'fatal' });

const hasIpv6 = Object.values(networkInterfaces()).some((own) => own?.some(({ address }) => address === '::1'));

const command: RoomCommand = {
  correlationId: 0,
  commandId: 'once',
  shard: 0,
  roomId: '!r:one.example',
  traceparent: '',
  command: undefined,
};

it('answers what is under way before it closes, although callers keep their streams', async () => {
  const { handler, events } = buildHandler();
  const server = new GrpcServer({ bind_address: '127.0.0.1', port: 0 }, secureGrpc(undefined, { logger }));
  const served = await server.serve((grpc) => addRoomWriter(grpc, handler));
  const channels = new GrpcRoomWriterChannels(credentials.createInsecure());
  const channel = channels.channelTo(served.address);
  expect((await channel.execute(command)).result?.$case).toBe('notOwner');

  const arrived = once(events, 'asked');
  const taken = channel.takeShards([1], 5_000);
  await arrived;
  let isStopped = false;
  const stopping = served.stop().then(() => (isStopped = true));
  expect(isStopped).toBe(false);
  events.emit('answer');
  await taken;
  await stopping;
  await expect(channels.channelTo(served.address).execute(command)).rejects.toBeInstanceOf(RpcError);
  await channels.close();
});

it('closes at once where nothing is under way', async () => {
  const { handler } = buildHandler();
  const server = new GrpcServer({ bind_address: '127.0.0.1', port: 0 }, secureGrpc(undefined, { logger }));
  const served = await server.serve((grpc) => addRoomWriter(grpc, handler));
  const channels = new GrpcRoomWriterChannels(credentials.createInsecure());
  const channel = channels.channelTo(served.address);
  await channel.execute(command);
  await served.stop();
  await expect(channel.execute(command)).rejects.toBeInstanceOf(RpcError);
  await channels.close();
});

describe.runIf(hasIpv6)('where the machine has IPv6', () => {
  it.each([
    ['::1', '::1', '[::1]'],
    ['::', '::1', '[::1]'],
    ['::', '127.0.0.1', '127.0.0.1'],
  ])('listens on %s and is reached at %s', async (bound, advertised, written) => {
    const settings = { bind_address: bound, port: 0, advertised_host: advertised };
    const server = new GrpcServer(settings, secureGrpc(undefined, { logger }));
    const served = await server.serve((grpc) => addRoomWriter(grpc, buildHandler().handler));
    expect(served.address.slice(0, served.address.lastIndexOf(':'))).toBe(written);
    const channels = new GrpcRoomWriterChannels(credentials.createInsecure());
    expect((await channels.channelTo(served.address).execute(command)).result?.$case).toBe('notOwner');
    await channels.close();
    await served.stop();
  });
});

function buildHandler(): { readonly handler: RoomCommandHandler; readonly events: EventEmitter } {
  const events = new EventEmitter();
  const handler: RoomCommandHandler = {
    execute: async ({ correlationId }) => ({ correlationId, result: { $case: 'notOwner', value: {} } }),
    async takeShards() {
      events.emit('asked');
      await once(events, 'answer');
    },
  };
  return { handler, events };
}
