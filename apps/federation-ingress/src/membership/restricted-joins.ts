import { findServerName, isJsonObject, isRoomId, MatrixError } from '@plexus/matrix-base';
import type { JsonValue } from '@plexus/matrix-base';
import { authStateOf, creatorsOf, joinRuleOf, membershipOf, powerLevelOf, requiredActionLevel } from '@plexus/room-dag';
import type { AuthState, RoomVersionRules } from '@plexus/room-dag';
import type { RoomState, StateReader } from '@plexus/room-view';
import type { RoomReader } from '@plexus/storage';
import type { Parties } from '../authentication/parties.ts';
import type { VisitedRoom } from './visited-room.ts';

export interface RestrictedJoinsPorts {
  readonly rooms: Pick<RoomReader, 'findRoom' | 'countJoined'>;
  readonly states: Pick<RoomState, 'find' | 'findMany'>;
  readonly snapshots: Pick<StateReader, 'pages'>;
}

const RULES_KEYS = ['m.room.create', 'm.room.join_rules', 'm.room.power_levels'].map((type) => ({
  type,
  stateKey: '',
}));

/**
 * Decides whether a user of another server may join a restricted room by its condition, and which user of the addressed server vouches for it
 * (https://spec.matrix.org/v1.19/server-server-api/#restricted-rooms).
 */
export class RestrictedJoins {
  readonly #ports: RestrictedJoinsPorts;

  constructor(ports: RestrictedJoinsPorts) {
    this.#ports = ports;
  }

  /**
   * Who vouches; nobody where nobody has to. Throws 403 `M_FORBIDDEN` where no condition is met, 400 `M_UNABLE_TO_AUTHORISE_JOIN` where that cannot be told
   * here, and 400 `M_UNABLE_TO_GRANT_JOIN` where nobody of the addressed server may vouch.
   */
  async findVouchingUser(parties: Parties, visited: VisitedRoom, userId: string): Promise<string | undefined> {
    const { room, rules } = visited;
    const keys = [...RULES_KEYS, { type: 'm.room.member', stateKey: userId }];
    const state = authStateOf(await this.#ports.states.findMany(room, room.currentRoot, keys));
    const membership = membershipOf(userId, state);
    if (!isRestricted(state, rules) || membership === 'join' || membership === 'invite') return undefined;
    await this.#requireCondition(parties, state, userId);
    const vouching = await this.#findInviter(parties, visited, state);
    if (vouching !== undefined) return vouching;
    throw new MatrixError('M_UNABLE_TO_GRANT_JOIN', 400, 'No user of this server may let others into the room');
  }

  async #requireCondition({ destination }: Parties, state: AuthState, userId: string): Promise<void> {
    let isAnyUnknown = false;
    for (const roomId of allowedRoomsOf(state)) {
      const isMember = await this.#isMember(destination, roomId, userId);
      if (isMember === true) return;
      isAnyUnknown ||= isMember === undefined;
    }
    if (!isAnyUnknown) throw new MatrixError('M_FORBIDDEN', 403, 'You are in none of the rooms that let you in');
    throw new MatrixError('M_UNABLE_TO_AUTHORISE_JOIN', 400, 'This server is not in the rooms that might let you in');
  }

  /** Nothing where the addressed server is not in that room, or does not know all of its members yet, so that it cannot tell. */
  async #isMember(serverName: string, roomId: string, userId: string): Promise<boolean | undefined> {
    const { rooms, states } = this.#ports;
    const room = await rooms.findRoom(roomId);
    const joined = room && (await rooms.countJoined(room.shard, room.roomNid, [serverName]));
    if (room === undefined || joined?.has(serverName) !== true) return undefined;
    const member = await states.find(room, room.currentRoot, { type: 'm.room.member', stateKey: userId });
    if (member === undefined && room.partialJoin !== undefined) return undefined;
    return member?.content['membership'] === 'join';
  }

  /** @NOTE Who has a power level of their own first: only where nobody of these may invite, members are looked through. */
  async #findInviter({ destination }: Parties, { room }: VisitedRoom, state: AuthState): Promise<string | undefined> {
    const { states, snapshots } = this.#ports;
    const isOurs = (userId: string): boolean => findServerName(userId) === destination;
    const mayInvite = (userId: string): boolean => powerLevelOf(userId, state) >= requiredActionLevel('invite', state);
    const isJoined = async (userId: string): Promise<boolean> => {
      const member = await states.find(room, room.currentRoot, { type: 'm.room.member', stateKey: userId });
      return member?.content['membership'] === 'join';
    };
    for (const userId of namedUsersOf(state).filter((each) => isOurs(each) && mayInvite(each)))
      if (await isJoined(userId)) return userId;
    for await (const page of snapshots.pages(room, room.currentRoot, 'members')) {
      for (const { stateKey } of page)
        if (isOurs(stateKey) && mayInvite(stateKey) && (await isJoined(stateKey))) return stateKey;
    }
    return undefined;
  }
}

function isRestricted(state: AuthState, rules: RoomVersionRules): boolean {
  const rule = joinRuleOf(state);
  if (rule === 'restricted') return rules.restrictedJoins;
  return rule === 'knock_restricted' && rules.knockRestrictedJoins;
}

function allowedRoomsOf(state: AuthState): string[] {
  const allow: JsonValue | undefined = state.find('m.room.join_rules', '')?.content['allow'];
  const conditions = Array.isArray(allow) ? allow.filter(isJsonObject) : [];
  return conditions
    .filter((condition) => condition['type'] === 'm.room_membership')
    .map((condition) => condition['room_id'])
    .filter(isRoomId);
}

/** Users whom the creation of the room or its power levels name. */
function namedUsersOf(state: AuthState): string[] {
  const users = state.find('m.room.power_levels', '')?.content['users'];
  const create = state.find('m.room.create', '');
  const creators = create === undefined ? [] : creatorsOf(create);
  return [...new Set([...creators, ...(isJsonObject(users) ? Object.keys(users) : [])])];
}
