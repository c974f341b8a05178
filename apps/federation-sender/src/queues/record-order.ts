import type { OutboundEvent } from '@plexus/topics';

/** More parts than an event's record can ever have. */
const PARTS = 1_024;

/** A number that grows with the position of an event in its room shard's log, and with the parts of its record. */
export function orderOf({ position, part }: Pick<OutboundEvent, 'position' | 'part'>): number {
  return position * PARTS + part;
}

/** The last position of which nothing lies behind an order. */
export function positionBefore(order: number): number {
  return Math.max(0, Math.floor(order / PARTS) - 1);
}
