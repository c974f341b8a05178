import type { StagedEvent, StagedEventWriter, StagedImport, StagedPart } from '@plexus/storage';
import type { VerifiedEvent } from './verify-events.ts';

/** An event to be staged: verified, or stored here already. */
export type EventToStage = Pick<VerifiedEvent, 'eventId' | 'bytes'> & Partial<Pick<VerifiedEvent, 'isRedactedCopy'>>;

/** What an import consists of; each list in the order in which its events are to be taken. */
export type StagedParts = Readonly<Partial<Record<StagedPart, readonly EventToStage[]>>>;

/** So many rows go into one statement. */
const BATCH = 500;

/** Stages what an import consists of: cited events before those that cite them, the timeline after them. */
export async function stageEvents(
  writer: Pick<StagedEventWriter, 'stageEvents'>,
  place: StagedImport,
  { auth = [], state = [], timeline = [], removed = [] }: StagedParts,
): Promise<void> {
  const rows = [
    ...auth.map((event) => rowOf('auth', event)),
    ...state.map((event) => rowOf('state', event)),
    ...timeline.map((event) => rowOf('timeline', event)),
    ...removed.map((event) => rowOf('removed', event)),
  ].map((row, ordinal): StagedEvent => ({ ...row, ordinal }));
  for (let first = 0; first < rows.length; first += BATCH) {
    await writer.stageEvents(place, rows.slice(first, first + BATCH));
  }
}

function rowOf(part: StagedPart, { eventId, bytes, isRedactedCopy }: EventToStage): Omit<StagedEvent, 'ordinal'> {
  return { part, eventId, json: bytes, ...(isRedactedCopy === true && { isRedactedCopy }) };
}
