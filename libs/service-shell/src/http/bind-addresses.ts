import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ListenerSettings } from '../config/sections/listeners.ts';
import { StartError } from '../service/start-error.ts';

const loopback = ['127.0.0.1', '::1'];
const missingFamily = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL']);

/**
 * One listening server for each address. An address whose family this machine does not have is left out, as long as another one works.
 * With port 0 all take the port that the first one got.
 */
export async function bindAddresses(
  { port, bind_addresses }: Pick<ListenerSettings, 'port' | 'bind_addresses'>,
  build: () => Server,
): Promise<Server[]> {
  const addresses = bind_addresses.flatMap((address) => (address === 'localhost' ? loopback : [address]));
  const servers: Server[] = [];
  let failure: unknown;
  try {
    for (const address of addresses) {
      const taken = (servers[0]?.address() as AddressInfo | undefined)?.port;
      const server = build();
      const result = await listen(server, { host: address, port: taken ?? port, ipv6Only: addresses.length > 1 });
      if (result === undefined) servers.push(server);
      else failure = result;
    }
  } catch (error) {
    for (const server of servers) server.close();
    throw error;
  }
  if (servers.length === 0) throw failure;
  return servers;
}

function listen(
  server: Server,
  target: { host: string; port: number; ipv6Only: boolean },
): Promise<StartError | undefined> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: Error & { code?: string }) => {
      const failure = explain(error, target);
      if (missingFamily.has(error.code ?? '')) resolve(failure);
      else reject(failure);
    });
    server.listen(target, () => {
      server.removeAllListeners('error');
      resolve(undefined);
    });
  });
}

function explain(error: Error & { code?: string }, { host, port }: { host: string; port: number }): StartError {
  if (error.code === 'EADDRINUSE') return new StartError(`Port ${port} of ${host} is in use by another program.`);
  if (error.code === 'EACCES') return new StartError(`Port ${port} of ${host} is not open to this user.`);
  return new StartError(`Cannot listen on port ${port} of ${host}: ${error.message}.`, { cause: error });
}
