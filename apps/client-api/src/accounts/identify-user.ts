import type { UserIdentifier } from '@plexus/matrix-api';
import { isUserId, MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { HostedServers } from '@plexus/storage';

export interface NamedUser {
  readonly identifier?: UserIdentifier | undefined;
  /** Deprecated: a user id or a localpart. */
  readonly user?: string | undefined;
}

/** Finds whom a request means (https://spec.matrix.org/v1.19/client-server-api/#identifier-types). */
export class IdentifyUser {
  readonly #servers: HostedServers;

  constructor(servers: HostedServers) {
    this.#servers = servers;
  }

  /** A user id of a hosted server, whether there is such a user or not. Throws 400 where nobody is named. */
  async execute(named: NamedUser, serverName: string | undefined): Promise<string | undefined> {
    const user = readUser(named);
    const userId = user.startsWith('@') || serverName === undefined ? user : `@${user}:${serverName}`;
    return isUserId(userId) && this.#servers.isHosted(serverNameOf(userId)) ? userId : undefined;
  }
}

function readUser({ identifier, user }: NamedUser): string {
  if (identifier === undefined) {
    if (user === undefined) throw new MatrixError('M_MISSING_PARAM', 400, '"identifier" is required');
    return user;
  }
  if (identifier.type !== 'm.id.user') throw new MatrixError('M_UNKNOWN', 400, 'Unknown type of identifier');
  if (identifier.user === undefined) throw new MatrixError('M_MISSING_PARAM', 400, '"identifier.user" is required');
  return identifier.user;
}
