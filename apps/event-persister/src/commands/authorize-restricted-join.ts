import { creatorsOf, powerLevelOf, requiredActionLevel } from '@plexus/room-dag';
import type { AuthState } from '@plexus/room-dag';
import { isJsonObject, isRoomId, serverNameOf } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { listMembers } from '../rooms/list-members.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { RoomHead } from '../rooms/room-head.ts';
import type { CommandContext, Refusal } from './execution.ts';
import { forbid, INCOMPLETE, refuse } from './execution.ts';
import type { MembershipChange } from './membership-change.ts';

/** `content` is to be added to the event, `coSigners` sign it. */
export type AuthorizedJoin =
  | { readonly outcome: 'authorized'; readonly content: JsonObject; readonly coSigners: readonly string[] }
  | typeof INCOMPLETE
  | Refusal;

interface Join {
  readonly change: MembershipChange;
  readonly before: unknown;
  readonly context: CommandContext;
}

const NOTHING_TO_ADD: AuthorizedJoin = { outcome: 'authorized', content: {}, coSigners: [] };

/**
 * Decides whether a user may join by the condition of a restricted room, and who vouches for it
 * (https://spec.matrix.org/v1.19/client-server-api/#restricted-rooms): a joined user with the power to invite, of a hosted server that has
 * users in the room which the condition names, so that it could check.
 */
export function authorizeRestrictedJoin(edit: RoomEdit, head: RoomHead, join: Join): AuthorizedJoin {
  const { membership, targetUserId } = join.change;
  if (membership !== 'join' || join.before === 'join' || join.before === 'invite') return NOTHING_TO_ADD;
  const allowedRooms = findAllowedRooms(edit, head);
  if (edit.isIncomplete) return INCOMPLETE;
  if (allowedRooms === undefined) return NOTHING_TO_ADD;
  const fulfilled = allowedRooms.filter((roomId) => edit.membershipElsewhere(targetUserId, roomId) === 'join');
  if (edit.isIncomplete) return INCOMPLETE;
  if (fulfilled.length === 0)
    return forbid('member.join.restricted', 'The user is in none of the rooms that let them in');
  const vouching = findVouchingUser(edit, head, { fulfilled, join });
  if (edit.isIncomplete) return INCOMPLETE;
  if (vouching === undefined) {
    return refuse(
      'M_UNABLE_TO_AUTHORISE_JOIN',
      400,
      'member.join.authorising_user',
      'No server here can vouch for the join',
    );
  }
  return {
    outcome: 'authorized',
    content: { join_authorised_via_users_server: vouching },
    coSigners: [serverNameOf(vouching)],
  };
}

/** Nothing where the room is not restricted. */
function findAllowedRooms(edit: RoomEdit, head: RoomHead): string[] | undefined {
  const content = edit.stateEvent(head.currentRoot, 'm.room.join_rules', '')?.event.content;
  const rule = content?.['join_rule'];
  const isRestricted =
    (rule === 'restricted' && head.rules.restrictedJoins) ||
    (rule === 'knock_restricted' && head.rules.knockRestrictedJoins);
  if (!isRestricted) return undefined;
  const allow = content?.['allow'];
  return Array.isArray(allow) ? allow.map(roomOfCondition).filter((roomId) => roomId !== undefined) : [];
}

function roomOfCondition(condition: unknown): string | undefined {
  if (!isJsonObject(condition) || condition['type'] !== 'm.room_membership') return undefined;
  const roomId = condition['room_id'];
  return isRoomId(roomId) ? roomId : undefined;
}

/** Those who have a level of their own are few. Others are looked for only where none of these can vouch, and everybody may invite. */
function findVouchingUser(edit: RoomEdit, head: RoomHead, vouched: Vouched): string | undefined {
  const state = edit.authState(head.currentRoot);
  const named = chooseVouching(edit, { state, candidates: listNamed(state), ...vouched });
  if (named !== undefined || edit.isIncomplete) return named;
  if (powerLevelOf('@:', state) < requiredActionLevel('invite', state)) return undefined;
  return chooseVouching(edit, { state, candidates: listMembers(edit, head), ...vouched });
}

/** What somebody is to vouch for. */
interface Vouched {
  readonly fulfilled: readonly string[];
  readonly join: Join;
}

/** @NOTE The joining user's own server first: it is in the room of the condition for certain. */
function chooseVouching(
  edit: RoomEdit,
  {
    state,
    candidates,
    fulfilled,
    join,
  }: Vouched & { readonly state: AuthState; readonly candidates: readonly string[] },
): string | undefined {
  const ownServer = serverNameOf(join.change.targetUserId);
  const { servers } = join.context;
  const hosted = candidates.filter((userId) => userId.includes(':') && servers.isHosted(serverNameOf(userId)));
  const [own, others] = [
    hosted.filter((userId) => serverNameOf(userId) === ownServer),
    hosted.filter((userId) => serverNameOf(userId) !== ownServer),
  ];
  return [...own, ...others].find((userId) => {
    return mayInvite(userId, state) && canCheck(edit, serverNameOf(userId), { ownServer, fulfilled });
  });
}

function mayInvite(userId: string, state: AuthState): boolean {
  const membership = state.find('m.room.member', userId)?.content['membership'];
  return membership === 'join' && powerLevelOf(userId, state) >= requiredActionLevel('invite', state);
}

function canCheck(
  edit: RoomEdit,
  serverName: string,
  { ownServer, fulfilled }: { readonly ownServer: string; readonly fulfilled: readonly string[] },
): boolean {
  return serverName === ownServer || fulfilled.some((roomId) => edit.isResidentElsewhere(serverName, roomId));
}

/** Users with a level of their own. */
function listNamed(state: AuthState): string[] {
  const create = state.find('m.room.create', '');
  const users = state.find('m.room.power_levels', '')?.content['users'];
  const named = isJsonObject(users) ? Object.keys(users) : [];
  return [...new Set([...(create === undefined ? [] : creatorsOf(create)), ...named])];
}
