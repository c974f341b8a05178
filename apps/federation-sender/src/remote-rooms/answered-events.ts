import type { AnsweredEvent, ReadAnswer } from '@plexus/pdu-checks';

/** The valid events of one list of an answer, those with the least depth first. */
export function listOf({ events }: Extract<ReadAnswer, { outcome: 'ok' }>, list: string): readonly AnsweredEvent[] {
  return events.get(list) ?? [];
}
