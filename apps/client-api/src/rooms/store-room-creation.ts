import { MatrixError } from '@plexus/matrix-base';
import type { Clock, JsonObject, RandomSource } from '@plexus/matrix-base';
import type { RoomVersionRules } from '@plexus/room-dag';
import type { Requester } from '@plexus/service-shell';
import type { HostedServerKeys, RoomCreation, RoomCreationRepository } from '@plexus/storage';
import { newRandomId } from '../accounts/random-ids.ts';
import { buildCreateEvent } from './build-create-event.ts';

export interface StoreRoomCreationPorts {
  readonly keys: HostedServerKeys;
  readonly creations: RoomCreationRepository;
  readonly random: RandomSource;
  readonly clock: Pick<Clock, 'now'>;
}

export interface NewRoomCreation {
  readonly rules: RoomVersionRules;
  /** Of the create event. */
  readonly content: JsonObject;
  readonly commandId: string;
}

/**
 * Builds the create event and keeps it under the command's id, before the room's owner is asked, so that a repeated request makes the same
 * room: from version 12 on its hash names the room. Two that are equal in everything get different times, else they would be one room.
 */
export async function storeRoomCreation(
  { keys, creations, random, clock }: StoreRoomCreationPorts,
  { userId, serverName }: Pick<Requester, 'userId' | 'serverName'>,
  { rules, content, commandId }: NewRoomCreation,
): Promise<RoomCreation> {
  const key = keys.findSigningKey(serverName);
  if (key === undefined) throw new MatrixError('M_FORBIDDEN', 403, `The server ${serverName} has no signing key`);
  for (let originServerTs = clock.now(); ; originServerTs += 1) {
    const { roomId, bytes } = buildCreateEvent({
      rules,
      creator: userId,
      content,
      roomId: rules.roomIdIsCreateEventHash ? undefined : `!${newRandomId(random)}:${serverName}`,
      eventId: rules.eventIdFormat === 'server-chosen' ? `$${newRandomId(random)}:${serverName}` : undefined,
      originServerTs,
      signer: { serverName, key },
    });
    const creation = await creations.storeCreation({ commandId, roomId, createEvent: bytes });
    if (creation !== undefined) return creation;
  }
}
