import type { HierarchyQuery, HierarchyResponse, HierarchyRoom } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import type { JsonObject, RandomSource } from '@plexus/matrix-base';
import { spaceChildrenOf, toStrippedState } from '@plexus/room-dag';
import type { RoomEvent } from '@plexus/room-dag';
import type { RoomState } from '@plexus/room-view';
import type { Requester } from '@plexus/service-shell';
import type { HierarchyPageRepository } from '@plexus/storage';
import { newRandomId } from '../accounts/random-ids.ts';
import { requireRoomId } from '../rooms/check-identifiers.ts';
import type { FindRemoteRoom } from './find-remote-room.ts';
import type { SeenRoom } from './find-seen-room.ts';
import { remoteSummaryBodyOf, summaryBodyOf } from './summary-body.ts';

export interface GetHierarchyPorts {
  /** Nothing for a room that is not shown. */
  readonly seenRooms: { execute(requester: Requester, roomId: string): Promise<SeenRoom | undefined> };
  /** Nothing: only rooms that are stored are shown. */
  readonly elsewhere?: FindRemoteRoom;
  readonly states: Pick<RoomState, 'list'>;
  readonly pages: HierarchyPageRepository;
  readonly random: RandomSource;
}

/** A walk through the rooms of a space, depth first, as it is kept between two pages. */
interface Walk {
  readonly roomId: string;
  readonly suggestedOnly: boolean;
  readonly maxDepth: number;
  /** Rooms to go to, the next one last, with their depths and servers that may be in them. */
  readonly ahead: Ahead[];
  /** Rooms that the walk has come to: it goes to none twice. */
  readonly seen: string[];
}

type Ahead = [roomId: string, depth: number, via?: readonly string[]];

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 100;
const MAX_DEPTH = 20;
/** Rooms that one request looks at, where few of them may be shown; the client goes on from `next_batch`. */
const MAX_LOOKED_AT = 300;
/** Rooms of one walk in all. */
const MAX_ROOMS = 5_000;
const PAGE_AGE_MS = 30 * 60_000;

/** Walks through the rooms of a space (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidhierarchy). */
export class GetHierarchy {
  readonly #ports: GetHierarchyPorts;

  constructor(ports: GetHierarchyPorts) {
    this.#ports = ports;
  }

  /** Throws 403 `M_FORBIDDEN` where the user may not know of the space, and `M_INVALID_PARAM` for what is no token of this walk. */
  async execute(requester: Requester, roomId: string, query: HierarchyQuery): Promise<HierarchyResponse> {
    requireRoomId(roomId);
    const { limit = DEFAULT_LIMIT } = query;
    const walk = await this.#walkOf(requester, roomId, query);
    const rooms: HierarchyRoom[] = [];
    for (let lookedAt = 0; lookedAt < MAX_LOOKED_AT && rooms.length < Math.min(limit, MAX_LIMIT); lookedAt += 1) {
      const next = walk.ahead.pop();
      if (next === undefined) return { rooms };
      const room = await this.#visit(requester, walk, next);
      if (room !== undefined) rooms.push(room);
    }
    return walk.ahead.length === 0 ? { rooms } : { rooms, next_batch: await this.#keep(requester, walk) };
  }

  async #walkOf(requester: Requester, roomId: string, query: HierarchyQuery): Promise<Walk> {
    const { suggested_only: suggestedOnly = false, max_depth: asked = MAX_DEPTH, from } = query;
    const maxDepth = Math.min(asked, MAX_DEPTH);
    if (from !== undefined) return this.#resume(requester, { roomId, suggestedOnly, maxDepth }, from);
    if ((await this.#ports.seenRooms.execute(requester, roomId)) === undefined) {
      throw new MatrixError('M_FORBIDDEN', 403, 'You are not allowed to view this room.');
    }
    return { roomId, suggestedOnly, maxDepth, ahead: [[roomId, 0]], seen: [roomId] };
  }

  async #resume(
    { userId }: Requester,
    asked: Pick<Walk, 'roomId' | 'suggestedOnly' | 'maxDepth'>,
    token: string,
  ): Promise<Walk> {
    const kept = /^[\w-]{1,100}$/.test(token) ? await this.#ports.pages.findPage(token, userId) : undefined;
    const walk = kept === undefined ? undefined : (JSON.parse(kept) as Walk);
    if (walk?.roomId !== asked.roomId) throw invalid('Unknown "from" token');
    if (walk.suggestedOnly !== asked.suggestedOnly || walk.maxDepth !== asked.maxDepth) {
      throw invalid('suggested_only and max_depth cannot change on paginated requests');
    }
    return walk;
  }

  async #keep({ userId }: Requester, walk: Walk): Promise<string> {
    const token = newRandomId(this.#ports.random);
    await this.#ports.pages.storePage({ token, userId, walk: JSON.stringify(walk) }, PAGE_AGE_MS);
    return token;
  }

  /** The room as the user sees it; its children lie ahead from now on. */
  async #visit(requester: Requester, walk: Walk, [roomId, depth, via = []]: Ahead): Promise<HierarchyRoom | undefined> {
    const seen = await this.#ports.seenRooms.execute(requester, roomId);
    if (seen === undefined) return this.#visitElsewhere(requester, walk, [roomId, depth, via]);
    const children = await this.#findChildren(seen, walk.suggestedOnly);
    if (depth < walk.maxDepth) goTo(walk, children.map(linkOf), depth + 1);
    return { ...summaryBodyOf(seen), children_state: children.map(childStateOf) };
  }

  async #visitElsewhere(
    requester: Requester,
    walk: Walk,
    [roomId, depth, via = []]: Ahead,
  ): Promise<HierarchyRoom | undefined> {
    const { suggestedOnly } = walk;
    const room = await this.#ports.elsewhere?.execute(requester, roomId, { via, suggestedOnly });
    if (room === undefined) return undefined;
    const children = room.room_type === 'm.space' ? remoteChildrenOf(room.children_state, suggestedOnly) : [];
    if (depth < walk.maxDepth) goTo(walk, children.map(linkOfState), depth + 1);
    return { ...remoteSummaryBodyOf(room), children_state: children };
  }

  async #findChildren({ room, description }: SeenRoom, suggestedOnly: boolean): Promise<RoomEvent[]> {
    if (description.roomType !== 'm.space') return [];
    return spaceChildrenOf(
      await this.#ports.states.list(room, room.currentRoot, { type: 'm.space.child' }),
      suggestedOnly,
    );
  }
}

type ChildState = HierarchyRoom['children_state'][number];

interface Link {
  readonly roomId: string;
  readonly via: readonly string[];
}

function goTo({ ahead, seen }: Walk, links: readonly Link[], depth: number): void {
  const known = new Set(seen);
  const fitting = links.filter(({ roomId }) => !known.has(roomId)).slice(0, MAX_ROOMS - seen.length);
  seen.push(...fitting.map(({ roomId }) => roomId));
  ahead.push(...fitting.toReversed().map(({ roomId, via }): Ahead => [roomId, depth, via]));
}

/** Servers of one link that are kept. */
const MAX_VIA = 5;

function linkOf({ stateKey = '', content }: RoomEvent): Link {
  return { roomId: stateKey, via: viaOf(content) };
}

function linkOfState({ state_key: roomId, content }: ChildState): Link {
  return { roomId, via: viaOf(content) };
}

function viaOf({ via }: JsonObject): string[] {
  return Array.isArray(via) ? via.filter((name) => typeof name === 'string').slice(0, MAX_VIA) : [];
}

/** @NOTE Other servers may send them in any order, and all where the suggested ones were asked for. */
function remoteChildrenOf(states: readonly ChildState[], suggestedOnly: boolean): ChildState[] {
  const children = states
    .filter(({ type }) => type === 'm.space.child')
    .map((state) => ({
      state,
      stateKey: state.state_key,
      content: state.content,
      originServerTs: state.origin_server_ts,
    }));
  return spaceChildrenOf(children, suggestedOnly).map(({ state }) => state);
}

function childStateOf(event: RoomEvent): ChildState {
  return { ...toStrippedState(event), origin_server_ts: event.originServerTs };
}

function invalid(because: string): MatrixError {
  return new MatrixError('M_INVALID_PARAM', 400, because);
}
