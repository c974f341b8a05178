import type { RoomEvent } from '../pdu/pdu.ts';
import type { RoomReader } from './room-reader.ts';

/**
 * The conflicted state subgraph (https://spec.matrix.org/v1.19/rooms/v12/#definitions): every event on a path of `auth_events` from one
 * event of the conflicted state set to another, the ends included. It is read by version 2.1 only.
 */
export function conflictedSubgraph(conflicted: ReadonlySet<string>, reader: RoomReader): Set<string> {
  const below = chainsDownTo(conflicted, reader);
  const subgraph = new Set<string>();
  for (const event of below.toSorted((a, b) => reader.authDepth(a) - reader.authDepth(b))) {
    const leadsToConflicted = event.authEvents.some((auth) => conflicted.has(auth) || subgraph.has(auth));
    if (leadsToConflicted) addPath(event, { subgraph, conflicted });
  }
  return subgraph;
}

/** An event that leads to a conflicted one is on a path; so is that end of it. */
function addPath(
  event: RoomEvent,
  { subgraph, conflicted }: { subgraph: Set<string>; conflicted: ReadonlySet<string> },
): void {
  subgraph.add(event.eventId);
  for (const auth of event.authEvents) if (conflicted.has(auth)) subgraph.add(auth);
}

/** The conflicted events and their auth chains, as far down as a conflicted event may lie. */
function chainsDownTo(conflicted: ReadonlySet<string>, reader: RoomReader): RoomEvent[] {
  const stack = reader.findAll(conflicted);
  const floor = Math.min(...stack.map((event) => reader.authDepth(event)));
  const found = new Map(stack.map((event) => [event.eventId, event]));
  for (let event = stack.pop(); event !== undefined; event = stack.pop()) {
    if (reader.authDepth(event) <= floor) continue;
    for (const auth of reader.findAll(event.authEvents.filter((id) => !found.has(id)))) {
      found.set(auth.eventId, auth);
      stack.push(auth);
    }
  }
  return [...found.values()];
}
