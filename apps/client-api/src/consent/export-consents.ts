import { MatrixError } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { Consent, ConsentReader, HostedServers } from '@plexus/storage';

const AT_ONCE = 1_000;

/** Who agreed to what, for a hosted server's administrators. */
export class ExportConsents {
  readonly #consents: ConsentReader;
  readonly #servers: Pick<HostedServers, 'isHosted'>;

  constructor(consents: ConsentReader, servers: Pick<HostedServers, 'isHosted'>) {
    this.#consents = consents;
    this.#servers = servers;
  }

  ofUser(userId: string): Promise<Consent[]> {
    return this.#consents.findConsents(userId);
  }

  /** All consents of a server's users, page by page: only one is in memory. Throws 403 and 404 at once. */
  ofServer(requester: Requester, serverName: string): AsyncGenerator<Consent[]> {
    if (!requester.isDeploymentAdmin && requester.serverName !== serverName)
      throw new MatrixError('M_FORBIDDEN', 403, 'This server is for others to administer');
    if (!this.#servers.isHosted(serverName))
      throw new MatrixError('M_NOT_FOUND', 404, `The server ${serverName} is not hosted here`);
    return this.#pages(serverName);
  }

  async *#pages(serverName: string): AsyncGenerator<Consent[]> {
    for (let after: Consent | undefined; ;) {
      const page = await this.#consents.listConsents(serverName, {
        limit: AT_ONCE,
        ...(after !== undefined && { after }),
      });
      yield page;
      after = page.at(-1);
      if (page.length < AT_ONCE) return;
    }
  }
}
