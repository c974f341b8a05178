import { expect, it } from 'vitest';
import type { AnsweredEvent } from './event-lists.ts';
import { packEvents, unpackEvents } from './packed-events.ts';

function eventWith(eventId: string, other: Partial<AnsweredEvent>): AnsweredEvent {
  const bytes = Buffer.from(`{"of":"${eventId}"}`);
  return { list: 'pdus', eventId, type: 'm.room.member', depth: 3, bytes, isRedactedCopy: false, ...other };
}

it('gives back what was packed, after it has changed threads', () => {
  const events = [
    eventWith('$a', {}),
    eventWith('$bc', { list: 'auth_chain', isRedactedCopy: true, bytes: Buffer.from('{}') }),
    eventWith('$d', { type: 'pdus', depth: Number.MAX_SAFE_INTEGER }),
  ];
  expect(unpackEvents(structuredClone(packEvents(events)))).toEqual(events);
  expect(unpackEvents(structuredClone(packEvents([])))).toEqual([]);
});
