import type { Appservice } from './appservice.ts';

/** What of an event says who is interested in it, its room left aside. */
export interface EventFacts {
  readonly roomId: string;
  readonly type: string;
  readonly sender: string;
  readonly stateKey?: string | undefined;
}

/**
 * Whether an application service is interested in an event by what the event itself says: its room's id, its sender, or the target of a
 * membership (https://spec.matrix.org/v1.19/application-service-api/#registration). The other half is what the room says: `checkRoomInterest`.
 */
export function checkEventInterest(appservice: Appservice, { roomId, type, sender, stateKey }: EventFacts): boolean {
  if (appservice.coversRoom(roomId) || appservice.coversUser(sender)) return true;
  return type === 'm.room.member' && stateKey !== undefined && appservice.coversUser(stateKey);
}

/** Whether a room interests it by its id, or by one of these aliases of hosted servers or joined users. */
export function checkRoomInterest(
  appservice: Appservice,
  { roomId, aliases, members }: { roomId: string; aliases: readonly string[]; members: readonly string[] },
): boolean {
  if (appservice.coversRoom(roomId)) return true;
  return (
    aliases.some((alias) => appservice.coversAlias(alias)) || members.some((userId) => appservice.coversUser(userId))
  );
}
