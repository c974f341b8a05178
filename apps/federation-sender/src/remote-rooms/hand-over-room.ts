import { encodeUrlSafeBase64 } from '@plexus/matrix-base';
import type { ImportRoom } from '@plexus/rpc';
import { isUnknownState, toPieceEvent } from './hand-over-state.ts';
import type { HandedRoom, HandOverPorts } from './hand-over-state.ts';
import { outcomeOf } from './import-room.ts';
import type { ImportOutcome } from './import-room.ts';
import type { JoinedRoom } from './read-join-answer.ts';
import { byDepth } from './stage-events.ts';

/** The owner takes so much as one piece, some milliseconds of its work. */
const MOST_EVENTS = 200;
const MOST_BYTES = 256 * 1024;

/**
 * Hands a room whose state is small over to its owner, with the command that has it taken. Nothing where the state is not small, or the owner does not know
 * such a command (of the release before): it is to be staged.
 */
export async function handOverRoom(
  { writer, random }: HandOverPorts,
  { roomId, roomVersion, destination }: HandedRoom,
  { auth, state, join }: Pick<JoinedRoom, 'auth' | 'state' | 'join'>,
  asked: Pick<ImportRoom, 'origin' | 'partial' | 'serversInRoom'>,
): Promise<ImportOutcome | undefined> {
  if (auth.length + state.length > MOST_EVENTS) return undefined;
  const bytes = [...auth, ...state].reduce((sum, event) => sum + event.bytes.length, 0);
  if (bytes > MOST_BYTES) return undefined;
  const importId = encodeUrlSafeBase64(random.bytes(18));
  const events = [...byDepth({ auth, state })].map(toPieceEvent);
  const joinEvent = toPieceEvent({ event: join, isInState: false });
  const value = { ...asked, importId, roomVersion, destination, joinEvent, events, eventsInPieces: events.length };
  const reply = await writer.execute({ commandId: importId, roomId, command: { $case: 'importRoom', value } });
  return isUnknownState(reply) ? undefined : outcomeOf(reply);
}
