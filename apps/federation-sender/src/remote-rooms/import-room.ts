import { encodeUrlSafeBase64 } from '@plexus/matrix-base';
import type { RandomSource } from '@plexus/matrix-base';
import type { RoomCommandReply, RoomCommandRequest, RoomWriter } from '@plexus/rpc';
import type { StagedEventWriter, StagedImport } from '@plexus/storage';
import { refuse } from './refuse.ts';
import type { RemoteRefusal } from '@plexus/remote-servers';
import { stageEvents } from './stage-events.ts';
import type { StagedParts } from './stage-events.ts';

export interface ImportPorts {
  readonly staged: Pick<StagedEventWriter, 'stageEvents' | 'removeStaged'>;
  readonly writer: RoomWriter;
  readonly random: RandomSource;
  readonly shardOf: (roomId: string) => number;
}

/** What is handed to a room's owner, and how it is asked to take it. */
export interface RoomImport {
  readonly roomId: string;
  readonly parts: StagedParts;
  command(importId: string): NonNullable<RoomCommandRequest['command']>;
}

export type ImportOutcome = { readonly outcome: 'ok'; readonly eventIds: readonly string[] } | RemoteRefusal;

/**
 * Stages events and has the room's owner take them.
 *
 * @NOTE A crash between the two leaves rows that nobody comes back to; they are removed by their age. The owner repeats nothing: the import's id is the
 * command's.
 */
export async function importEvents(ports: ImportPorts, { roomId, parts, command }: RoomImport): Promise<ImportOutcome> {
  const importId = encodeUrlSafeBase64(ports.random.bytes(18));
  const place: StagedImport = { shard: ports.shardOf(roomId), importId };
  await stageEvents(ports.staged, place, parts);
  const reply = await ports.writer.execute({ commandId: importId, roomId, command: command(importId) });
  if (reply.$case !== 'failed') await ports.staged.removeStaged(place);
  return outcomeOf(reply);
}

export function outcomeOf(reply: RoomCommandReply): ImportOutcome {
  if (reply.$case === 'stored') return { outcome: 'ok', eventIds: reply.value.eventIds };
  return refusalOfReply(reply);
}

/** What a room's owner says, in the words of the Client-Server API. */
export function refusalOfReply(reply: RoomCommandReply): RemoteRefusal {
  if (reply.$case === 'refused') {
    const { errcode, httpStatus, error } = reply.value;
    return refuse(errcode, httpStatus, error);
  }
  if (reply.$case === 'overloaded') return refuse('M_LIMIT_EXCEEDED', 429, 'Too many requests at the moment');
  return refuse('M_UNKNOWN', 503, 'The room cannot be written to at the moment');
}
