import { isJsonObject, isRoomAlias, isRoomId } from '@plexus/matrix-base';
import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import type { AuthState } from '../auth-rules/auth-state.ts';
import { joinRuleOf } from '../auth-rules/auth-state.ts';
import { plainTopicsOf } from './plain-topics.ts';

/** What a room tells people who are not in it (https://spec.matrix.org/v1.19/client-server-api/#room-previews). */
export interface RoomDescription {
  readonly name: string | undefined;
  readonly topic: string | undefined;
  readonly canonicalAlias: string | undefined;
  readonly avatarUrl: string | undefined;
  readonly joinRule: string | undefined;
  /** Of restricted rooms: membership in one of these lets a user in. */
  readonly allowedRoomIds: readonly string[];
  readonly roomType: string | undefined;
  /** The algorithm. */
  readonly encryption: string | undefined;
  readonly isWorldReadable: boolean;
  readonly guestsCanJoin: boolean;
}

/** The state, all with an empty state key, of which the description is made. */
export const DESCRIBING_TYPES = [
  'm.room.create',
  'm.room.name',
  'm.room.topic',
  'm.room.canonical_alias',
  'm.room.avatar',
  'm.room.join_rules',
  'm.room.history_visibility',
  'm.room.guest_access',
  'm.room.encryption',
] as const;

/** Describes a room by its state; what is not of the specification's form counts as absent. */
export function describeRoom(state: AuthState): RoomDescription {
  const read = (type: (typeof DESCRIBING_TYPES)[number], key: string): JsonValue | undefined =>
    state.find(type, '')?.content[key];
  const joinRule = joinRuleOf(state);
  return {
    name: textOf(read('m.room.name', 'name')),
    topic: topicOf(state.find('m.room.topic', '')?.content ?? {}),
    canonicalAlias: aliasOf(read('m.room.canonical_alias', 'alias')),
    avatarUrl: contentUriOf(read('m.room.avatar', 'url')),
    joinRule,
    allowedRoomIds: isRestricted(joinRule) ? allowedRooms(read('m.room.join_rules', 'allow')) : [],
    roomType: textOf(read('m.room.create', 'type')),
    encryption: textOf(read('m.room.encryption', 'algorithm')),
    isWorldReadable: read('m.room.history_visibility', 'history_visibility') === 'world_readable',
    guestsCanJoin: read('m.room.guest_access', 'guest_access') === 'can_join',
  };
}

/** Whether anybody may join or read the room. */
export function isPublicRoom(state: AuthState): boolean {
  if (joinRuleOf(state) === 'public') return true;
  return state.find('m.room.history_visibility', '')?.content['history_visibility'] === 'world_readable';
}

function isRestricted(joinRule: string | undefined): boolean {
  return joinRule === 'restricted' || joinRule === 'knock_restricted';
}

function allowedRooms(allow: JsonValue | undefined): string[] {
  const conditions = Array.isArray(allow) ? allow.filter(isJsonObject) : [];
  return conditions
    .filter((condition) => condition['type'] === 'm.room_membership')
    .map((condition) => condition['room_id'])
    .filter(isRoomId);
}

/** Older clients write the one text only. */
function topicOf(content: JsonObject): string | undefined {
  return textOf(plainTopicsOf(content)[0] ?? content['topic']);
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function aliasOf(value: JsonValue | undefined): string | undefined {
  return isRoomAlias(value) ? value : undefined;
}

function contentUriOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value.startsWith('mxc://') ? value : undefined;
}
