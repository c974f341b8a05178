import { MatrixError } from '@plexus/matrix-base';
import type { RandomSource } from '@plexus/matrix-base';
import type {
  HostedServer,
  HostedServerRepository,
  HostedServers,
  ServerRemoval,
  ServerRemovalRepository,
} from '@plexus/storage';
import { newRandomId } from '../accounts/random-ids.ts';
import { requireServer } from './change-server.ts';

/** Begins to remove a hosted server with its data. `RunRemovals` does the work. */
export class RemoveServer {
  readonly #servers: HostedServers & HostedServerRepository;
  readonly #removals: ServerRemovalRepository;
  readonly #random: RandomSource;

  constructor(
    servers: HostedServers & HostedServerRepository,
    removals: ServerRemovalRepository,
    random: RandomSource,
  ) {
    this.#servers = servers;
    this.#removals = removals;
    this.#random = random;
  }

  /**
   * Returns the job, also where it is under way already. The status comes first: a crash before the job is stored leaves a server that is closed,
   * and the request can be repeated.
   */
  async start(serverName: string): Promise<ServerRemoval> {
    requireRemovable(this.#servers, serverName);
    await this.#servers.changeServer(serverName, { status: 'removing' });
    await this.#servers.spread();
    return this.#removals.startRemoval(serverName, newRandomId(this.#random));
  }

  async find(jobId: string): Promise<ServerRemoval> {
    const removal = await this.#removals.findRemoval(jobId);
    if (removal === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'There is no such job');
    return removal;
  }
}

/** Throws 404 for a server that is not hosted here, 409 for one that the configuration file would bring back. */
export function requireRemovable(servers: HostedServers, serverName: string): HostedServer {
  const server = requireServer(servers, serverName);
  if (server.origin !== 'configuration') return server;
  throw new MatrixError('M_INVALID_PARAM', 409, `Take ${serverName} out of the configuration file and restart first`);
}
