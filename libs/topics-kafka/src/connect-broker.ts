import { connect, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import type { ISocketFactoryArgs } from 'kafkajs';

/** Stands for an IPv6 address, whose colons are dashes. No host is called so: `.invalid` is reserved (RFC 2606, section 2). */
const SUFFIX = '.ipv6.invalid';
const KEEP_ALIVE_MS = 60_000;

/** @NOTE The client takes a broker's first colon for the one before its port: an IPv6 address is given to it as a name, which `connectBroker` knows. */
export function brokerName(written: string): string {
  const [, address, port] = /^\[(.+)\]:(\d+)$/.exec(written) ?? [];
  return address === undefined ? written : `${address.replaceAll(':', '-')}${SUFFIX}:${port}`;
}

interface Target extends Omit<ISocketFactoryArgs, 'ssl'> {
  readonly ssl?: ConnectionOptions | undefined;
}

/** Connects as the client does itself, to IPv6 addresses too. */
export function connectBroker({ host: name, port, ssl, onConnect }: Target): Socket {
  const host = addressOf(name);
  const servername = isIP(host) === 0 ? { servername: host } : {};
  const socket = ssl
    ? connectSecurely({ host, port, ...servername, ...ssl }, onConnect)
    : connect({ host, port }, onConnect);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  return socket;
}

/** What brokers say of themselves comes with or without brackets. */
function addressOf(name: string): string {
  if (name.endsWith(SUFFIX)) return name.slice(0, -SUFFIX.length).replaceAll('-', ':');
  return name.startsWith('[') ? name.slice(1, -1) : name;
}
