import { MatrixError } from '@plexus/matrix-base';
import type { HostedServer, HostedServerRepository, HostedServers, HostedServerSettings } from '@plexus/storage';
import { requireUsableSettings } from './check-settings.ts';

/** Changes a hosted server while running. When this resolves, every process has followed. */
export class ChangeServer {
  readonly #servers: HostedServers & HostedServerRepository;

  constructor(servers: HostedServers & HostedServerRepository) {
    this.#servers = servers;
  }

  /** Throws 409 for a server whose settings are those of the configuration file: they would be back at the next start. */
  async setSettings(serverName: string, settings: HostedServerSettings): Promise<HostedServer> {
    const { origin } = requireServer(this.#servers, serverName);
    if (origin === 'configuration') {
      throw new MatrixError('M_INVALID_PARAM', 409, `The settings of ${serverName} are in the configuration file`);
    }
    requireUsableSettings(this.#servers, serverName, settings);
    return this.#change(serverName, { settings });
  }

  /** Throws 409 for a server that is being removed. */
  async setStatus(serverName: string, status: 'active' | 'suspended'): Promise<HostedServer> {
    if (requireServer(this.#servers, serverName).status === 'removing') {
      throw new MatrixError('M_INVALID_PARAM', 409, `The server ${serverName} is being removed`);
    }
    return this.#change(serverName, { status });
  }

  async #change(...[serverName, change]: Parameters<HostedServerRepository['changeServer']>): Promise<HostedServer> {
    const server = await this.#servers.changeServer(serverName, change);
    if (server === undefined) throw unknownServer(serverName);
    await this.#servers.spread();
    return server;
  }
}

/** Throws 404 for a server that is not hosted here. */
export function requireServer(servers: HostedServers, serverName: string): HostedServer {
  const server = servers.find(serverName);
  if (server === undefined) throw unknownServer(serverName);
  return server;
}

function unknownServer(serverName: string): MatrixError {
  return new MatrixError('M_NOT_FOUND', 404, `The server ${serverName.slice(0, 255)} is not hosted here`);
}
