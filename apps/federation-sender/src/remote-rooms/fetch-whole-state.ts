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

/** What becomes of a state while it is fetched. */
export interface WholeStateUse {
  readonly take: TakeVerified;
  /** A large state is fetched when the room is here, so that it does not hold up the room. */
  readonly hasArrived?: Promise<void> | undefined;
}

/** Of 2,000 members: some milliseconds on the main thread. */
const READ_AHEAD_BYTES = 2 * 1024 * 1024;

/** The whole state before an event, of another server's word; nothing where it does not give it. What does not stand the checks is left out. */
export async function fetchWholeState(
  { servers, answers }: FetchWholeStatePorts,
  pair: ServerPair,
  { roomId, roomVersion, eventId }: WholeStateQuestion,
  { take, hasArrived }: WholeStateUse = { take: async () => {} },
): Promise<StateBefore | undefined> {
  answers.expect();
  const pause = hasArrived && { afterBytes: READ_AHEAD_BYTES, until: hasArrived };
  const answer = await getState(servers, pair, { roomId, eventId, pause });
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
