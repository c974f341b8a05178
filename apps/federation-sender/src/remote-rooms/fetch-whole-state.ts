import type { AnswerReader } from '@plexus/pdu-checks';
import { getState } from '@plexus/remote-servers';
import type { RemoteServers, ServerPair } from '@plexus/remote-servers';
import type { HandedEvent } from './hand-over-state.ts';
import type { EventToStage } from './stage-events.ts';

export interface FetchWholeStatePorts {
  readonly servers: Pick<RemoteServers, 'requestBytes'>;
  readonly answers: Pick<AnswerReader, 'readInPieces' | 'expect'>;
}

/** A state, and what its events cite besides. */
export interface StateBefore {
  readonly auth: readonly EventToStage[];
  readonly state: readonly EventToStage[];
}

/** Of which event the state is wanted. */
export interface WholeStateQuestion {
  readonly roomId: string;
  readonly roomVersion: string;
  readonly eventId: string;
}

/** Takes events as they have been verified, in the order of their depths. */
export type TakeVerified = (events: readonly HandedEvent[]) => Promise<void>;

/** The whole state before an event, of another server's word; nothing where it does not give it. What does not stand the checks is left out. */
export async function fetchWholeState(
  { servers, answers }: FetchWholeStatePorts,
  pair: ServerPair,
  { roomId, roomVersion, eventId }: WholeStateQuestion,
  take: TakeVerified = async () => {},
): Promise<StateBefore | undefined> {
  answers.expect();
  const answer = await getState(servers, pair, { roomId, eventId });
  if (answer.outcome !== 'ok') return undefined;
  const before = { auth: [] as EventToStage[], state: [] as EventToStage[] };
  const query = { lists: ['pdus', 'auth_chain'], roomId, roomVersion };
  const read = await answers.readInPieces(answer.value, query, async (events) => {
    const verified = events.map((event) => ({ event, isInState: event.list === 'pdus' }));
    for (const { event, isInState } of verified) before[isInState ? 'state' : 'auth'].push(event);
    await take(verified);
  });
  return read.outcome === 'ok' ? before : undefined;
}
