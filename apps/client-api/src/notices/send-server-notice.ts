import { isUserId, MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { JsonObject, RandomSource } from '@plexus/matrix-base';
import type { Notices } from '@plexus/rpc';
import { requireActiveServer } from '@plexus/service-shell';
import type { Requester } from '@plexus/service-shell';
import type { HostedServers } from '@plexus/storage';
import { newRandomId } from '../accounts/random-ids.ts';
import { requireOwnUser } from '../administration/require-own-user.ts';
import { requireStateKey, requireTransactionId } from '../rooms/check-identifiers.ts';
import { commandIdOf } from '../rooms/room-commands.ts';
import { errorOfNotice, requireNoticeType } from './notice-errors.ts';

export interface WantedNotice {
  readonly userId: string;
  readonly type: string;
  readonly stateKey: string | undefined;
  readonly content: JsonObject;
}

export interface SendServerNoticePorts {
  readonly notices: Pick<Notices, 'sendNotice'>;
  readonly servers: HostedServers;
  readonly random: RandomSource;
}

/** Tells a user something in the name of their server, on an administrator's word. */
export class SendServerNotice {
  readonly #ports: SendServerNoticePorts;

  constructor(ports: SendServerNoticePorts) {
    this.#ports = ports;
  }

  /** Returns the event's id. With a transaction id, one that is repeated from the same device returns the first one. */
  async execute(requester: Requester, notice: WantedNotice, transactionId?: string): Promise<string> {
    const { userId, type, stateKey, content } = notice;
    if (!isUserId(userId) || !this.#ports.servers.isHosted(serverNameOf(userId))) {
      throw new MatrixError('M_UNKNOWN', 400, 'Server notices can only be sent to local users');
    }
    requireOwnUser(requester, userId);
    requireActiveServer(this.#ports.servers, serverNameOf(userId));
    requireNoticeType(type);
    if (stateKey !== undefined) requireStateKey(stateKey);
    const noticeId = this.#nameOf(requester, transactionId);
    const outcome = await this.#ports.notices.sendNotice({ noticeId, userId, type, stateKey, content });
    if (outcome.outcome === 'sent') return outcome.eventId;
    throw errorOfNotice(outcome);
  }

  #nameOf({ userId, deviceId }: Requester, transactionId: string | undefined): string {
    if (transactionId === undefined) return `asked:${newRandomId(this.#ports.random)}`;
    requireTransactionId(transactionId);
    return `asked:${commandIdOf('server-notice', userId, deviceId, transactionId)}`;
  }
}
