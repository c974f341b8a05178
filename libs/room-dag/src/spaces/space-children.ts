import { compareByCodePoint, isRoomId } from '@plexus/matrix-base';
import type { RoomEvent } from '../pdu/pdu.ts';

/** An order that counts: up to 50 characters from space to tilde. */
const ORDER = /^[\x20-\x7e]{1,50}$/;

/** What of an `m.space.child` event says where the child stands. */
export type SpaceChild = Pick<RoomEvent, 'stateKey' | 'content' | 'originServerTs'>;

/**
 * The children of a space, of its `m.space.child` events, in the order of the specification
 * (https://spec.matrix.org/v1.19/client-server-api/#ordering-of-children-within-a-space).
 */
export function spaceChildrenOf<Child extends SpaceChild>(events: readonly Child[], suggestedOnly: boolean): Child[] {
  const valid = events.filter(({ stateKey, content }) => isRoomId(stateKey) && isServerList(content['via']));
  const wanted = suggestedOnly ? valid.filter(({ content }) => content['suggested'] === true) : valid;
  return wanted.toSorted(compareChildren);
}

function isServerList(via: unknown): boolean {
  return Array.isArray(via) && via.length > 0 && via.every((server) => typeof server === 'string');
}

function compareChildren(a: SpaceChild, b: SpaceChild): number {
  const [orderA, orderB] = [orderOf(a), orderOf(b)];
  if (orderA !== undefined && orderB === undefined) return -1;
  if (orderA === undefined && orderB !== undefined) return 1;
  return (
    compareByCodePoint(orderA ?? '', orderB ?? '') ||
    a.originServerTs - b.originServerTs ||
    compareByCodePoint(a.stateKey ?? '', b.stateKey ?? '')
  );
}

function orderOf({ content }: SpaceChild): string | undefined {
  const { order } = content;
  return typeof order === 'string' && ORDER.test(order) ? order : undefined;
}
