import { compareByCodePoint } from '@plexus/matrix-base';
import { findOwn } from '../auth-rules/own-value.ts';
import { userPowerLevel } from '../auth-rules/power-levels.ts';
import type { RoomEvent } from '../pdu/pdu.ts';
import { Heap } from './heap.ts';
import type { RoomReader } from './room-reader.ts';

/**
 * Selects the power events of the full conflicted set and those of its events that are in their auth chains
 * (https://spec.matrix.org/v1.19/rooms/v2/#algorithm, step 1).
 */
export function selectPowerEvents(fullConflicted: readonly RoomEvent[], reader: RoomReader): Set<RoomEvent> {
  const members = new Set(fullConflicted.map(({ eventId }) => eventId));
  const floor = Math.min(...fullConflicted.map((event) => reader.authDepth(event)));
  const stack = fullConflicted.filter(isPowerEvent);
  const selected = new Set(stack);
  const visited = new Set(stack.map(({ eventId }) => eventId));
  for (let event = stack.pop(); event !== undefined; event = stack.pop()) {
    if (reader.authDepth(event) <= floor) continue;
    for (const auth of reader.findAll(event.authEvents.filter((id) => !visited.has(id)))) {
      visited.add(auth.eventId);
      stack.push(auth);
      if (members.has(auth.eventId)) selected.add(auth);
    }
  }
  return selected;
}

/**
 * The reverse topological power ordering (https://spec.matrix.org/v1.19/rooms/v2/#definitions): cited events first, and of those that
 * could come next the one whose sender has more power by its auth events, then the earlier, then the lesser id.
 */
export function sortByPower(events: Iterable<RoomEvent>, reader: RoomReader): RoomEvent[] {
  const vertices = new Map([...events].map((event) => [event.eventId, vertexOf(event, reader)]));
  for (const vertex of vertices.values()) {
    for (const auth of new Set(vertex.event.authEvents)) {
      const cited = vertices.get(auth);
      if (cited === undefined) continue;
      cited.citedBy.push(vertex);
      vertex.waitsFor += 1;
    }
  }
  return takeInOrder([...vertices.values()]);
}

/** A state event that might remove someone's ability to do something in the room. */
function isPowerEvent(event: RoomEvent): boolean {
  if (event.type === 'm.room.power_levels' || event.type === 'm.room.join_rules') return true;
  if (event.type !== 'm.room.member' || event.sender === event.stateKey) return false;
  const membership = findOwn(event.content, 'membership');
  return membership === 'leave' || membership === 'ban';
}

interface Vertex {
  readonly event: RoomEvent;
  readonly power: number;
  readonly citedBy: Vertex[];
  /** How many of its auth events are not placed yet. */
  waitsFor: number;
}

function takeInOrder(vertices: readonly Vertex[]): RoomEvent[] {
  const ready = new Heap(compareVertices);
  for (const vertex of vertices) if (vertex.waitsFor === 0) ready.push(vertex);
  const sorted: RoomEvent[] = [];
  for (let vertex = ready.pop(); vertex !== undefined; vertex = ready.pop()) {
    sorted.push(vertex.event);
    for (const next of vertex.citedBy) {
      next.waitsFor -= 1;
      if (next.waitsFor === 0) ready.push(next);
    }
  }
  return sorted;
}

function compareVertices(a: Vertex, b: Vertex): number {
  if (a.power !== b.power) return a.power > b.power ? -1 : 1;
  return compareByTime(a.event, b.event);
}

/** The last two steps of both orderings. */
export function compareByTime(a: RoomEvent, b: RoomEvent): number {
  if (a.originServerTs !== b.originServerTs) return a.originServerTs < b.originServerTs ? -1 : 1;
  return compareByCodePoint(a.eventId, b.eventId);
}

function vertexOf(event: RoomEvent, reader: RoomReader): Vertex {
  const powerLevels = reader.findAuthEvent(event, { type: 'm.room.power_levels', stateKey: '' });
  const power = userPowerLevel(event.sender, reader.findCreateEvent(event), powerLevels);
  return { event, power: Number.isNaN(power) ? 0 : power, citedBy: [], waitsFor: 0 };
}
