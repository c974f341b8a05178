import { isUserId, MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { JsonObject, RandomSource } from '@plexus/matrix-base';
import type { Notices } from '@plexus/rpc';
import type { Requester } from '@plexus/service-shell';
import type { Broadcast, BroadcastAudience, BroadcastReader, FailedRecipient, HostedServers } from '@plexus/storage';
import { newRandomId } from '../accounts/random-ids.ts';
import { requireTransactionId } from '../rooms/check-identifiers.ts';
import { commandIdOf } from '../rooms/room-commands.ts';
import { errorOfNotice, requireNoticeType } from './notice-errors.ts';

export interface BroadcastWish {
  /** Nothing: the administrator's own. */
  readonly serverName: string | undefined;
  readonly type: string;
  readonly content: JsonObject;
  readonly audience: BroadcastAudience;
  readonly perSecond: number | undefined;
  /** Repeated by the same administrator it names the same broadcast. */
  readonly transactionId: string | undefined;
}

export interface ManageBroadcastsPorts {
  readonly notices: Pick<Notices, 'startBroadcast' | 'changeBroadcast'>;
  readonly broadcasts: BroadcastReader;
  readonly servers: Pick<HostedServers, 'isHosted'>;
  readonly random: RandomSource;
}

/** Notices to many users: an administrator of a hosted server tells those of that server something, and sees how it goes. */
export class ManageBroadcasts {
  readonly #ports: ManageBroadcastsPorts;

  constructor(ports: ManageBroadcastsPorts) {
    this.#ports = ports;
  }

  async start(requester: Requester, wish: BroadcastWish): Promise<Broadcast> {
    const { serverName = requester.serverName, type, content, audience, perSecond } = wish;
    this.#requireServer(requester, serverName);
    requireNoticeType(type);
    requireUsersOf(serverName, audience.userIds ?? []);
    const { withGuests = false, neverConsented = false, inactiveSince, userIds } = audience;
    const outcome = await this.#ports.notices.startBroadcast({
      broadcastId: this.#nameOf(requester, wish.transactionId),
      serverName,
      requestedBy: requester.userId,
      type,
      content,
      audience: { withGuests, neverConsented, inactiveSince, userIds },
      perSecond,
    });
    if (outcome.outcome === 'refused') throw errorOfNotice(outcome);
    return this.get(requester, outcome.broadcastId);
  }

  list(
    requester: Requester,
    { serverName, limit }: { readonly serverName: string | undefined; readonly limit: number },
  ): Promise<Broadcast[]> {
    if (serverName !== undefined) this.#requireServer(requester, serverName);
    const own = requester.isDeploymentAdmin ? serverName : requester.serverName;
    return this.#ports.broadcasts.list({ serverName: own, limit });
  }

  /** Throws 404 for a broadcast that there is none of, or that is none of the administrator's. */
  async get(requester: Requester, broadcastId: string): Promise<Broadcast> {
    const broadcast = broadcastId.includes('\0') ? undefined : await this.#ports.broadcasts.find(broadcastId);
    const isTheirs = requester.isDeploymentAdmin || broadcast?.serverName === requester.serverName;
    if (broadcast !== undefined && isTheirs) return broadcast;
    throw new MatrixError('M_NOT_FOUND', 404, 'There is no such broadcast');
  }

  /** Whom it did not reach, and why. */
  async listFailed(requester: Requester, broadcastId: string, limit: number): Promise<FailedRecipient[]> {
    await this.get(requester, broadcastId);
    return this.#ports.broadcasts.listFailed(broadcastId, limit);
  }

  async change(
    requester: Requester,
    broadcastId: string,
    status: 'active' | 'paused' | 'cancelled',
  ): Promise<Broadcast> {
    await this.get(requester, broadcastId);
    const outcome = await this.#ports.notices.changeBroadcast(broadcastId, status);
    if (outcome.outcome === 'refused') throw errorOfNotice(outcome);
    return this.get(requester, broadcastId);
  }

  #requireServer({ isDeploymentAdmin, serverName: own }: Requester, serverName: string): void {
    if (!isDeploymentAdmin && serverName !== own) {
      throw new MatrixError('M_FORBIDDEN', 403, 'This server is none of yours');
    }
    if (!this.#ports.servers.isHosted(serverName)) {
      throw new MatrixError('M_NOT_FOUND', 404, 'This server is not hosted here');
    }
  }

  #nameOf({ userId }: Requester, transactionId: string | undefined): string {
    if (transactionId === undefined) return newRandomId(this.#ports.random);
    requireTransactionId(transactionId);
    return commandIdOf('broadcast', userId, transactionId);
  }
}

function requireUsersOf(serverName: string, userIds: readonly string[]): void {
  const other = userIds.find((userId) => !isUserId(userId) || serverNameOf(userId) !== serverName);
  if (other === undefined) return;
  throw new MatrixError('M_INVALID_PARAM', 400, `"audience.users" has ${other}, who is no user of ${serverName}`);
}
