import type { UserIdentifier } from '@plexus/matrix-api';
import { isUserId, MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { HostedServers, ThreepidRepository } from '@plexus/storage';

export interface NamedUser {
  readonly identifier?: UserIdentifier | undefined;
  /** Deprecated: a user id or a localpart. */
  readonly user?: string | undefined;
}

/** Finds whom a request means (https://spec.matrix.org/v1.19/client-server-api/#identifier-types). */
export class IdentifyUser {
  readonly #servers: HostedServers;
  readonly #threepids: ThreepidRepository;

  constructor(servers: HostedServers, threepids: ThreepidRepository) {
    this.#servers = servers;
    this.#threepids = threepids;
  }

  /** A user id of a hosted server, whether there is such a user or not. Throws 400 where nobody is named. */
  async execute({ identifier, user }: NamedUser, serverName: string | undefined): Promise<string | undefined> {
    if (identifier !== undefined && isThreepid(identifier)) return this.#userOfThreepid(identifier, serverName);
    const named = readUser({ identifier, user });
    const userId = named.startsWith('@') || serverName === undefined ? named : `@${named}:${serverName}`;
    return isUserId(userId) && this.#servers.isHosted(serverNameOf(userId)) ? userId : undefined;
  }

  async #userOfThreepid({ medium, address }: UserIdentifier, serverName = ''): Promise<string | undefined> {
    if (medium === undefined || address === undefined)
      throw new MatrixError('M_MISSING_PARAM', 400, '"identifier.medium" and "identifier.address" are required');
    if (medium !== 'email' || address.includes('\0')) return undefined;
    return this.#threepids.findThreepidUser(serverName, { medium, address: address.toLowerCase() });
  }
}

/** The specification's example of a login leaves the type out. */
function isThreepid({ type, medium }: UserIdentifier): boolean {
  return type === 'm.id.thirdparty' || (type === undefined && medium !== undefined);
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
