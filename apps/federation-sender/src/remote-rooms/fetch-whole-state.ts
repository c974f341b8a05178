import type { AnswerReader } from '@plexus/pdu-checks';
import { getState } from '@plexus/remote-servers';
import type { RemoteServers, ServerPair } from '@plexus/remote-servers';
import { listOf } from './answered-events.ts';
import type { EventToStage } from './stage-events.ts';

export interface FetchWholeStatePorts {
  readonly servers: Pick<RemoteServers, 'requestBytes'>;
  readonly answers: Pick<AnswerReader, 'read'>;
}

/** A state, and what its events cite besides. */
export interface StateBefore {
  readonly auth: readonly EventToStage[];
  readonly state: readonly EventToStage[];
}

/** The whole state before an event, of another server's word; nothing where it does not give it. What does not stand the checks is left out. */
export async function fetchWholeState(
  { servers, answers }: FetchWholeStatePorts,
  pair: ServerPair,
  { roomId, roomVersion, eventId }: { readonly roomId: string; readonly roomVersion: string; readonly eventId: string },
): Promise<StateBefore | undefined> {
  const answer = await getState(servers, pair, { roomId, eventId });
  if (answer.outcome !== 'ok') return undefined;
  const read = await answers.read(answer.value, { lists: ['pdus', 'auth_chain'], roomId, roomVersion });
  return read.outcome === 'ok' ? { state: listOf(read, 'pdus'), auth: listOf(read, 'auth_chain') } : undefined;
}
