import type { AnsweredEvent, ReadAnswer } from '@plexus/pdu-checks';

/** An event of an answer, with bytes as they go into the database. */
export type ListedEvent = Omit<AnsweredEvent, 'bytes'> & { readonly bytes: Buffer };

/** The valid events of one list of an answer, those with the least depth first. */
export function listOf({ events }: Extract<ReadAnswer, { outcome: 'ok' }>, list: string): ListedEvent[] {
  return (events.get(list) ?? []).map(({ bytes, ...event }) => ({
    ...event,
    bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  }));
}
