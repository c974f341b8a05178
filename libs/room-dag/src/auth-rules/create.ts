import { isUserId } from '@plexus/matrix-base';
import type { RoomEvent } from '../pdu/pdu.ts';
import { findRoomVersion } from '../room-version/versions.ts';
import { ALLOW, reject } from './auth-outcome.ts';
import type { AuthOutcome } from './auth-outcome.ts';
import { isOfSameServer } from './auth-state.ts';
import { findOwn, findOwnString } from './own-value.ts';

/** Rule 1: what a create event must be (https://spec.matrix.org/v1.19/rooms/v12/#authorisation-rules). It depends on no state. */
export function checkCreate(event: RoomEvent): AuthOutcome {
  // 1.1
  if (event.prevEvents.length > 0) return reject('create.prev_events', 'A create event has no prev_events');
  // 1.2
  const wrongRoomId = checkRoomId(event);
  if (wrongRoomId !== undefined) return wrongRoomId;
  // 1.3
  const version = findOwn(event.content, 'room_version');
  if (version !== undefined && !isKnownVersion(version)) return reject('create.room_version', 'Unknown room_version');
  // 1.4, versions 1 to 10
  if (!event.rules.creatorIsSender && !Object.hasOwn(event.content, 'creator')) {
    return reject('create.creator', 'content has no creator');
  }
  // 1.4, from version 12 on
  if (event.rules.privilegedCreators && !hasValidAdditionalCreators(event)) {
    return reject('create.additional_creators', 'additional_creators is not an array of user ids');
  }
  // 1.5
  return ALLOW;
}

/** The user who made the room: the create event's sender, up to version 10 its `content.creator`. */
export function findCreator(create: RoomEvent): string | undefined {
  return create.rules.creatorIsSender ? create.sender : findOwnString(create.content, 'creator');
}

/**
 * The room's creators: from version 12 on the create event's sender and its `additional_creators`, before that the one creator
 * (https://spec.matrix.org/v1.19/rooms/v12/#event-format).
 */
export function creatorsOf(create: RoomEvent): string[] {
  const creator = findCreator(create);
  const first = creator === undefined ? [] : [creator];
  return create.rules.privilegedCreators ? [...new Set([...first, ...additionalCreatorsOf(create)])] : first;
}

/** Whether a user is a creator with infinite power. Nobody is before version 12. */
export function isPrivilegedCreator(userId: string, create: RoomEvent): boolean {
  if (!create.rules.privilegedCreators) return false;
  return userId === create.sender || additionalCreatorsOf(create).includes(userId);
}

function checkRoomId(event: RoomEvent): AuthOutcome | undefined {
  if (event.rules.roomIdIsCreateEventHash) {
    if (!Object.hasOwn(event.pdu, 'room_id')) return undefined;
    return reject('create.room_id_present', 'The create event has a room_id');
  }
  if (isOfSameServer(event.roomId, event.sender)) return undefined;
  return reject('create.room_id_domain', 'room_id and sender name different servers');
}

function isKnownVersion(version: unknown): boolean {
  return typeof version === 'string' && findRoomVersion(version) !== undefined;
}

function hasValidAdditionalCreators(event: RoomEvent): boolean {
  const creators = findOwn(event.content, 'additional_creators');
  return creators === undefined || (Array.isArray(creators) && creators.every(isUserId));
}

function additionalCreatorsOf(create: RoomEvent): string[] {
  const creators = findOwn(create.content, 'additional_creators');
  return Array.isArray(creators) ? creators.filter((creator) => typeof creator === 'string') : [];
}
