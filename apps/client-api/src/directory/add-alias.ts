import type { AppserviceRegistry } from '@plexus/appservices';
import { MatrixError } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import { requireFreeAlias } from '../appservices/exclusive-names.ts';
import type { ReadRoomAccess } from '../reading/room-access.ts';
import type { ClaimAlias } from '../rooms/claim-alias.ts';
import { requireOwnAlias } from './require-local-alias.ts';

/** Gives a room an alias (https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3directoryroomroomalias). */
export class AddAlias {
  readonly #access: ReadRoomAccess;
  readonly #claimAlias: ClaimAlias;
  readonly #appservices: AppserviceRegistry;

  constructor(access: ReadRoomAccess, claimAlias: ClaimAlias, appservices: AppserviceRegistry) {
    this.#access = access;
    this.#claimAlias = claimAlias;
    this.#appservices = appservices;
  }

  /**
   * For members of the room, and for application services in their namespaces. Throws 409 where the alias is taken. Whom nobody is to hear gives
   * none, and does not know.
   */
  async execute(requester: Requester, roomAlias: string, roomId: string): Promise<void> {
    requireOwnAlias(requester, roomAlias);
    requireFreeAlias(this.#appservices, requester, roomAlias);
    if (requester.appserviceId === undefined) await this.#requireMember(requester.userId, roomId);
    const isGiven =
      requester.isShadowBanned === true
        ? await this.#claimAlias.isFree(roomAlias)
        : await this.#claimAlias.take({ roomAlias, roomId, creator: requester.userId });
    if (isGiven) return;
    throw new MatrixError('M_UNKNOWN', 409, `Room alias ${roomAlias} already exists.`);
  }

  async #requireMember(userId: string, roomId: string): Promise<void> {
    const { kind } = await this.#access.execute(userId, roomId);
    if (kind !== 'joined') throw new MatrixError('M_FORBIDDEN', 403, 'Only members of a room can give it an alias');
  }
}
