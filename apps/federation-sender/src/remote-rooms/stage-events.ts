import type { StagedEvent, StagedEventWriter, StagedImport, StagedPart } from '@plexus/storage';
import type { VerifiedEvent } from './verify-events.ts';

/** An event to be staged: verified, or stored here already. */
export type EventToStage = Pick<VerifiedEvent, 'eventId' | 'bytes'> & Partial<Pick<VerifiedEvent, 'isRedactedCopy'>>;

/** What an import consists of; each list in the order in which its events are to be taken. */
export type StagedParts = Readonly<Partial<Record<StagedPart, readonly EventToStage[]>>>;

const ORDER: readonly StagedPart[] = ['auth', 'state', 'timeline', 'removed'];

/** So many rows go into one statement. */
const BATCH = 500;

/** Stages what an import consists of: cited events before those that cite them, the timeline after them. */
export async function stageEvents(
  writer: Pick<StagedEventWriter, 'stageEvents'>,
  place: StagedImport,
  { auth = [], state = [], timeline = [], removed = [] }: StagedParts,
): Promise<void> {
  let ordinal = 0;
  let batch: StagedEvent[] = [];
  for (const row of rowsOf({ auth, state, timeline, removed })) {
    batch.push({ ...row, ordinal });
    ordinal += 1;
    if (batch.length < BATCH) continue;
    await writer.stageEvents(place, batch);
    batch = [];
  }
  if (batch.length > 0) await writer.stageEvents(place, batch);
}

/** @NOTE One by one: of a large room they are tens of thousands. */
function* rowsOf(parts: Required<StagedParts>): Generator<Omit<StagedEvent, 'ordinal'>> {
  for (const part of ORDER) for (const event of parts[part]) yield rowOf(part, event);
}

function rowOf(part: StagedPart, { eventId, bytes, isRedactedCopy }: EventToStage): Omit<StagedEvent, 'ordinal'> {
  return { part, eventId, json: bytes, ...(isRedactedCopy === true && { isRedactedCopy }) };
}
