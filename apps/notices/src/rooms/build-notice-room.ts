import type { JsonObject } from '@plexus/matrix-base';
import { buildRoomEvent, DEFAULT_ROOM_VERSION, findRoomVersion } from '@plexus/room-dag';
import type { EventSigner, RoomVersionRules } from '@plexus/room-dag';
import type { NoticeLook, NoticePolicy } from '@plexus/service-shell';
import type { EventToSend } from './room-commands.ts';

/** The version of rooms that are made now. */
export function noticeRoomRules(): RoomVersionRules {
  const rules = findRoomVersion(DEFAULT_ROOM_VERSION);
  if (rules === undefined) throw new TypeError(`there is no room version ${DEFAULT_ROOM_VERSION}`);
  return rules;
}

export interface CreateParts {
  readonly rules: RoomVersionRules;
  readonly sender: string;
  /** Of versions whose rooms are not named by their create event. */
  readonly roomId: string | undefined;
  readonly originServerTs: number;
  readonly signer: EventSigner;
}

/** The room's id and its create event, as canonical JSON. No other server can come into it. */
export function buildCreateEvent({ rules, sender, roomId, originServerTs, signer }: CreateParts): {
  readonly roomId: string;
  readonly bytes: Buffer;
} {
  const built = buildRoomEvent(
    {
      type: 'm.room.create',
      sender,
      roomId,
      stateKey: '',
      content: {
        room_version: rules.version,
        'm.federate': false,
        ...(!rules.creatorIsSender && { creator: sender }),
      },
      prevEvents: [],
      authEvents: [],
      depth: 1,
      originServerTs,
      eventId: undefined,
    },
    rules,
    [signer],
  );
  if (built.outcome !== 'ok') throw new TypeError(`the create event of a room of notices: ${built.because}`);
  return { roomId: built.event.roomId, bytes: built.bytes };
}

const ADMIN = 100;
const MODERATOR = 50;

/**
 * What follows the create event: the user is invited, and cannot speak unless the policy lets them. Nobody encrypts the room
 * (https://spec.matrix.org/v1.19/client-server-api/#server-notices).
 */
export function initialEvents(
  rules: RoomVersionRules,
  { sender, usersDefault }: Pick<NoticePolicy, 'sender' | 'usersDefault'>,
  look: NoticeLook,
): EventToSend[] {
  return [
    senderMember(sender, look),
    state('m.room.power_levels', {
      users: rules.privilegedCreators ? {} : { [sender]: ADMIN },
      users_default: usersDefault,
      events: {
        'm.room.power_levels': ADMIN,
        'm.room.encryption': ADMIN,
        'm.room.history_visibility': ADMIN,
        'm.room.server_acl': ADMIN,
        'm.room.tombstone': rules.privilegedCreators ? ADMIN + MODERATOR : ADMIN,
      },
      events_default: 0,
      state_default: MODERATOR,
      ban: MODERATOR,
      kick: MODERATOR,
      redact: MODERATOR,
      invite: MODERATOR,
    }),
    state('m.room.join_rules', { join_rule: 'invite' }),
    state('m.room.history_visibility', { history_visibility: 'shared' }),
    state('m.room.guest_access', { guest_access: 'can_join' }),
    ...lookEvents({}, look),
  ];
}

export function inviteEvent(userId: string, profile: JsonObject): EventToSend {
  return { type: 'm.room.member', stateKey: userId, content: { ...profile, membership: 'invite' } };
}

export function joinEvent(userId: string, profile: JsonObject): EventToSend {
  return { type: 'm.room.member', stateKey: userId, content: { ...profile, membership: 'join' } };
}

/** The sender's membership as the room shows it. */
export function senderMember(sender: string, { displayName, avatarUrl }: NoticeLook): EventToSend {
  return joinEvent(sender, {
    ...(displayName !== undefined && { displayname: displayName }),
    ...(avatarUrl !== undefined && { avatar_url: avatarUrl }),
  });
}

/** What has to be said of the room so that it looks otherwise than before; the sender's membership is not among it. */
export function lookEvents(before: Partial<NoticeLook>, after: NoticeLook): EventToSend[] {
  const { roomName, roomTopic, roomAvatarUrl } = after;
  return [
    ...(before.roomName === roomName ? [] : [state('m.room.name', { name: roomName })]),
    ...(before.roomTopic === roomTopic ? [] : [state('m.room.topic', topicContent(roomTopic ?? ''))]),
    ...(before.roomAvatarUrl === roomAvatarUrl
      ? []
      : [state('m.room.avatar', roomAvatarUrl === undefined ? {} : { url: roomAvatarUrl })]),
  ];
}

/** https://spec.matrix.org/v1.19/client-server-api/#mroomtopic */
function topicContent(topic: string): JsonObject {
  return { topic, 'm.topic': { 'm.text': [{ body: topic, mimetype: 'text/plain' }] } };
}

function state(type: string, content: JsonObject): EventToSend {
  return { type, stateKey: '', content };
}
