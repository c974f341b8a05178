import { PRESENCE_EVENTS } from '@plexus/topics';
import type { BroadcastReader, PresenceRecord, RecordBatch, Topics } from '@plexus/topics';
import type { PresenceChanges } from '../presence/presence-changes.ts';

/** Takes the records of `presence.events`: what is missed is said again. */
export function consumePresenceEvents(
  topics: Topics,
  { presence, failed }: { readonly presence: PresenceChanges; readonly failed: (error: unknown) => void },
): BroadcastReader {
  return topics.readAll({
    topic: PRESENCE_EVENTS,
    handler: {
      handle: ({ records }: RecordBatch<PresenceRecord>) => {
        for (const { value } of records) presence.take(value);
      },
      setAside: ({ error }) => failed(error),
      reset: () => undefined,
      failed,
    },
    connectionChanged: () => undefined,
  });
}
