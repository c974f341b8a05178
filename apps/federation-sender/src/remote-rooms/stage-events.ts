import type { StagedEvent, StagedEventWriter, StagedImport, StagedPart } from '@plexus/storage';
import type { VerifiedEvent } from './verify-events.ts';

/** An event to be staged: verified, or, where it has no depth, stored here already. */
export type EventToStage = Pick<VerifiedEvent, 'eventId' | 'bytes'> &
  Partial<Pick<VerifiedEvent, 'isRedactedCopy' | 'depth'>>;

/** What an import consists of; each list in the order in which its events are to be taken. */
export type StagedParts = Readonly<Partial<Record<StagedPart, readonly EventToStage[]>>>;

/** So many rows go into one statement. */
const BATCH = 500;

/**
 * Stages what an import consists of: cited events before those that cite them, as far as depths say so, the timeline after them. The create event is in the
 * state, and what is cited besides cites it: the owner would go over everything once more for each event that comes before what it cites.
 */
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
  for (const { event, isInState } of byDepth(parts)) yield rowOf(isInState ? 'state' : 'auth', event);
  for (const part of ['timeline', 'removed'] as const) for (const event of parts[part]) yield rowOf(part, event);
}

/** A state and what it cites as one list: cited events before those that cite them, as far as depths say so. */
export function* byDepth({ auth, state }: Pick<Required<StagedParts>, 'auth' | 'state'>): Generator<{
  readonly event: EventToStage;
  readonly isInState: boolean;
}> {
  let next = 0;
  for (const event of state) {
    const { depth = -Infinity } = event;
    for (let cited = auth[next]; cited !== undefined && (cited.depth ?? -Infinity) < depth; cited = auth[next]) {
      yield { event: cited, isInState: false };
      next += 1;
    }
    yield { event, isInState: true };
  }
  for (const event of auth.slice(next)) yield { event, isInState: false };
}

function rowOf(part: StagedPart, { eventId, bytes, isRedactedCopy }: EventToStage): Omit<StagedEvent, 'ordinal'> {
  return { part, eventId, json: bytes, ...(isRedactedCopy === true && { isRedactedCopy }) };
}
