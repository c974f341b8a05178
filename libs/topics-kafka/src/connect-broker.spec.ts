import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { brokerName, connectBroker } from './connect-broker.ts';

const hasIpv6 = Object.values(networkInterfaces()).some((own) => own?.some(({ address }) => address === '::1'));

it('gives brokers to the client so that their first colon is before the port', () => {
  expect(brokerName('kafka-0.kafka.svc:9092')).toBe('kafka-0.kafka.svc:9092');
  expect(brokerName('10.1.2.3:9092')).toBe('10.1.2.3:9092');
  expect(brokerName('[fd00:9::1]:9092')).toBe('fd00-9--1.ipv6.invalid:9092');
});

describe.runIf(hasIpv6)('where the machine has IPv6', () => {
  it.each([
    (port: number) => brokerName(`[::1]:${port}`),
    (port: number) => `::1 ${port}`,
    (port: number) => `[::1] ${port}`,
  ])('connects to an address, however it is written', async (write) => {
    const server = createServer((socket) => socket.end('hello'));
    server.listen(0, '::1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    // As the client splits it, and as it hands on what a broker says of itself.
    const [host = ''] = write(port).split(write(port).includes(' ') ? ' ' : ':');
    const socket = connectBroker({ host, port, onConnect: () => {} });
    const [said] = await once(socket, 'data');
    expect(String(said)).toBe('hello');
    socket.destroy();
    server.close();
  });
});
