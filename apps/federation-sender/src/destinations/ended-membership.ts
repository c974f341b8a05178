import { findServerName, isJsonObject } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { LoggedEvent, LoggedRow } from '@plexus/room-log';
import { readEvent } from '@plexus/room-view';
import type { RoomReader } from '@plexus/storage';

export interface EndedMembershipPorts {
  readonly reader: Pick<RoomReader, 'findEventsById'>;
  isHosted(serverName: string): boolean;
}

const ENDS: ReadonlySet<unknown> = new Set(['leave', 'ban']);
const PENDING: ReadonlySet<unknown> = new Set(['invite', 'knock']);

/**
 * The other server whose user an event deprives of an invite or a knock: it need not be in the room, and learns of the end from nobody else. Whether it is
 * one is said by the membership that the event cites, as the rules made its sender cite it.
 */
export async function findEndedMembership(
  { reader, isHosted }: EndedMembershipPorts,
  { shard, roomNid, roomVersion }: Pick<LoggedRow, 'shard' | 'roomNid' | 'roomVersion'>,
  { event, pdu }: { readonly event: LoggedEvent; readonly pdu: JsonObject },
): Promise<string | undefined> {
  const { type, sender, state_key: userId, content } = pdu;
  const ends = type === 'm.room.member' && isJsonObject(content) && ENDS.has(content['membership']);
  if (!ends || typeof userId !== 'string' || userId === sender) return undefined;
  const serverName = findServerName(userId);
  if (serverName === undefined || isHosted(serverName)) return undefined;
  const { authEvents } = readEvent(event, roomVersion);
  const cited = await reader.findEventsById(shard, roomNid, authEvents);
  const before = [...cited.values()]
    .map((stored) => readEvent(stored, roomVersion))
    .find((each) => each.type === 'm.room.member' && each.stateKey === userId);
  return PENDING.has(before?.content['membership']) ? serverName : undefined;
}
