import type { AppserviceRegistry } from '@plexus/appservices';
import { MatrixError } from '@plexus/matrix-base';
import type { JsonObject, RandomSource } from '@plexus/matrix-base';
import type { RoomState } from '@plexus/room-view';
import type { RoomWriter } from '@plexus/rpc';
import type { Requester } from '@plexus/service-shell';
import type { RoomAliasRepository, RoomReader, RoomRecord } from '@plexus/storage';
import { newRandomId } from '../accounts/random-ids.ts';
import { requireFreeAlias } from '../appservices/exclusive-names.ts';
import { encodeContent, protoEvent } from '../rooms/proto-event.ts';
import { aliasNotFound, requireOwnAlias } from './require-local-alias.ts';
import type { RoomPowers } from './room-powers.ts';

export interface RemoveAliasPorts {
  readonly aliases: Pick<RoomAliasRepository, 'findAlias' | 'removeAlias'>;
  readonly rooms: Pick<RoomReader, 'findRoom'>;
  readonly writer: RoomWriter;
  readonly random: RandomSource;
  readonly appservices: { readonly registry: AppserviceRegistry };
}

const CANONICAL = { type: 'm.room.canonical_alias', stateKey: '' };

/**
 * Takes an alias away (https://spec.matrix.org/v1.19/client-server-api/#delete_matrixclientv3directoryroomroomalias): for who gave it,
 * for who may name the room's aliases in its state, for administrators, and for the application service that it belongs to.
 */
export class RemoveAlias {
  readonly #ports: RemoveAliasPorts;
  readonly #states: RoomState;
  readonly #powers: RoomPowers;

  constructor(ports: RemoveAliasPorts, states: RoomState, powers: RoomPowers) {
    this.#ports = ports;
    this.#states = states;
    this.#powers = powers;
  }

  /** Throws 404 `M_NOT_FOUND` or 403 `M_FORBIDDEN`. Where the room's state names the alias, and the user may change that, it goes there too. */
  async execute(requester: Requester, roomAlias: string): Promise<void> {
    requireOwnAlias(requester, roomAlias);
    requireFreeAlias(this.#ports.appservices.registry, requester, roomAlias);
    const alias = await this.#ports.aliases.findAlias(roomAlias);
    if (alias === undefined) throw aliasNotFound(roomAlias);
    const room = await this.#ports.rooms.findRoom(alias.roomId);
    const isFree =
      requester.isAdmin ||
      requester.isDeploymentAdmin ||
      requester.appserviceId !== undefined ||
      alias.creator === requester.userId;
    if (!isFree && !(room !== undefined && (await this.#isRoomAdmin(room, requester.userId)))) {
      throw new MatrixError('M_FORBIDDEN', 403, 'You may not remove this alias');
    }
    if (requester.isShadowBanned === true) return;
    if (!(await this.#ports.aliases.removeAlias(roomAlias, alias.roomId))) throw aliasNotFound(roomAlias);
    if (room !== undefined) await this.#removeFromState(requester, room, roomAlias);
  }

  async #isRoomAdmin(room: RoomRecord, userId: string): Promise<boolean> {
    const key = { type: 'm.room.member', stateKey: userId };
    const member = await this.#states.find(room, room.currentRoot, key);
    if (member?.content['membership'] !== 'join') return false;
    return this.#powers.canSendState(room, userId, CANONICAL.type);
  }

  /** @NOTE What the room's owner refuses stays as it is: the alias is gone all the same. */
  async #removeFromState({ userId, deviceId }: Requester, room: RoomRecord, roomAlias: string): Promise<void> {
    const current = await this.#states.find(room, room.currentRoot, CANONICAL);
    const content = current && contentWithout(current.content, roomAlias);
    if (content === undefined) return;
    const event = protoEvent({
      ...CANONICAL,
      sender: userId,
      senderDeviceId: deviceId,
      content: encodeContent(content),
    });
    await this.#ports.writer.execute({
      commandId: newRandomId(this.#ports.random),
      roomId: room.roomId,
      command: { $case: 'sendEvent', value: { event } },
    });
  }
}

/** Nothing where the content does not name the alias. */
function contentWithout(content: JsonObject, roomAlias: string): JsonObject | undefined {
  const { alias, alt_aliases: others, ...rest } = content;
  const listed = Array.isArray(others) ? others : [];
  if (alias !== roomAlias && !listed.includes(roomAlias)) return undefined;
  const left = listed.filter((other) => other !== roomAlias);
  return {
    ...rest,
    ...(alias !== undefined && alias !== roomAlias && { alias }),
    ...(left.length > 0 && { alt_aliases: left }),
  };
}
