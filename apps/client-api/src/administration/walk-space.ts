import type { HierarchyQuery, HierarchyResponse } from '@plexus/matrix-api';
import { authStateOf, DESCRIBING_TYPES, describeRoom } from '@plexus/room-dag';
import type { RoomState } from '@plexus/room-view';
import type { Requester } from '@plexus/service-shell';
import type { SeenRoom } from '../spaces/find-seen-room.ts';
import { GetHierarchy } from '../spaces/get-hierarchy.ts';
import type { GetHierarchyPorts } from '../spaces/get-hierarchy.ts';
import type { AdminRoomAccess } from './admin-room-access.ts';

const DESCRIBING_KEYS = DESCRIBING_TYPES.map((type) => ({ type, stateKey: '' }));

/** Walks through the rooms of a space with an administrator's eyes: whatever they administer is shown, whoever may join it. */
export class WalkSpace {
  readonly #access: AdminRoomAccess;
  readonly #states: RoomState;
  readonly #getHierarchy: GetHierarchy;

  constructor(
    access: AdminRoomAccess,
    ports: Omit<GetHierarchyPorts, 'seenRooms' | 'states'> & { readonly states: RoomState },
  ) {
    this.#access = access;
    this.#states = ports.states;
    this.#getHierarchy = new GetHierarchy({
      ...ports,
      seenRooms: { execute: (requester, roomId) => this.#see(requester, roomId) },
    });
  }

  /** Throws 404 for a space that is unknown to the administrator, and `M_INVALID_PARAM` for what is no token of this walk. */
  async execute(requester: Requester, roomId: string, query: HierarchyQuery): Promise<HierarchyResponse> {
    await this.#access.find(requester, roomId);
    return await this.#getHierarchy.execute(requester, roomId, query);
  }

  async #see(requester: Requester, roomId: string): Promise<SeenRoom | undefined> {
    const found = await this.#access.lookUp(requester, roomId);
    if (found === undefined) return undefined;
    const { room } = found;
    const state = authStateOf(await this.#states.findMany(room, room.currentRoot, DESCRIBING_KEYS));
    return { room, description: describeRoom(state), membership: undefined };
  }
}
