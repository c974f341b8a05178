import { isSignedUser } from '@plexus/policies';
import { findServerName, isUserId, MatrixError } from '@plexus/matrix-base';
import { requireActiveServer } from '@plexus/service-shell';
import type { ConsentKeyReader, HostedServer, HostedServers, UserRepository } from '@plexus/storage';
import type { Reader, ReaderLink } from './reader-link.ts';

export interface IdentifyReaderPorts {
  readonly servers: HostedServers;
  readonly keys: ConsentKeyReader;
  readonly users: Pick<UserRepository, 'findUser'>;
}

/** Finds out who reads a policy, by the signature of their link. */
export class IdentifyReader {
  readonly #ports: IdentifyReaderPorts;

  constructor(ports: IdentifyReaderPorts) {
    this.#ports = ports;
  }

  /**
   * `requested` is the hosted server that the request is for: a localpart is one of its. Throws 400 `M_MISSING_PARAM` without a signature, 403 for
   * a wrong one and for a suspended server, 404 for a user who is not there.
   */
  async execute({ u: user = '', h: signature }: ReaderLink, requested: HostedServer): Promise<Reader> {
    if (signature === undefined || signature === '') throw new MatrixError('M_MISSING_PARAM', 400, '"h" is required');
    const server = this.#serverOf(user, requested);
    const key = await this.#ports.keys.findConsentKey(server.serverName);
    if (key === undefined || !isSignedUser(key, user, signature)) {
      throw new MatrixError('M_FORBIDDEN', 403, 'HMAC incorrect');
    }
    requireActiveServer(this.#ports.servers, server.serverName);
    const userId = user.startsWith('@') ? user : `@${user}:${server.serverName}`;
    const account = isUserId(userId) ? await this.#ports.users.findUser(userId) : undefined;
    if (account === undefined || account.isDeactivated) throw new MatrixError('M_NOT_FOUND', 404, 'Unknown user');
    const { language } = account;
    return { userId, user, signature, ...(language !== undefined && { language }) };
  }

  /** A whole user id names its server itself. */
  #serverOf(user: string, requested: HostedServer): HostedServer {
    if (!user.startsWith('@')) return requested;
    return this.#ports.servers.find(findServerName(user) ?? '') ?? requested;
  }
}
