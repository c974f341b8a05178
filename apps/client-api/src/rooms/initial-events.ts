import type { CreateRoomRequest } from '@plexus/matrix-api';
import type { JsonObject } from '@plexus/matrix-base';
import type { RoomVersionRules } from '@plexus/room-dag';

/** An event of a new room, in the creator's name. */
export interface InitialEvent {
  readonly type: string;
  readonly stateKey: string;
  readonly content: JsonObject;
}

export interface NewRoom {
  readonly rules: RoomVersionRules;
  readonly creator: string;
  readonly request: CreateRoomRequest;
  /** Users of hosted servers: the others' servers are asked when the room is there. */
  readonly invitees: readonly string[];
  readonly roomAlias: string | undefined;
  readonly powerLevels: JsonObject;
  /** Of the creator and of the invitees, by user id. */
  readonly profiles: ReadonlyMap<string, JsonObject>;
}

export type Preset = NonNullable<CreateRoomRequest['preset']>;

const PRESETS: Readonly<Record<Preset, { joinRule: string; guestAccess: string }>> = {
  private_chat: { joinRule: 'invite', guestAccess: 'can_join' },
  trusted_private_chat: { joinRule: 'invite', guestAccess: 'can_join' },
  public_chat: { joinRule: 'public', guestAccess: 'forbidden' },
};

/** The preset of a request: its own, else the one of its visibility. */
export function presetOf({ preset, visibility }: CreateRoomRequest): Preset {
  return preset ?? (visibility === 'public' ? 'public_chat' : 'private_chat');
}

/**
 * What follows the create event of a new room, in the order of the specification
 * (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3createroom).
 */
export function initialEvents(room: NewRoom): InitialEvent[] {
  const { request } = room;
  const given = (request.initial_state ?? []).map(({ type, state_key: stateKey = '', content }) => {
    return { type, stateKey, content };
  });
  const isGiven = ({ type, stateKey }: InitialEvent): boolean =>
    given.some((event) => event.type === type && event.stateKey === stateKey);
  return [
    // 2.
    memberEvent(room.creator, { ...room.profiles.get(room.creator), membership: 'join' }),
    // 3. to 5.
    state('m.room.power_levels', room.powerLevels),
    ...canonicalAlias(room.roomAlias),
    ...presetEvents(presetOf(request)).filter((event) => !isGiven(event)),
    // 6.
    ...given,
    // 7.
    ...(request.name === undefined ? [] : [state('m.room.name', { name: request.name })]),
    ...(request.topic === undefined ? [] : [state('m.room.topic', topicContent(request.topic))]),
    // 8.
    ...inviteEvents(room),
  ];
}

function canonicalAlias(alias: string | undefined): InitialEvent[] {
  return alias === undefined ? [] : [state('m.room.canonical_alias', { alias })];
}

function presetEvents(preset: Preset): InitialEvent[] {
  const { joinRule, guestAccess } = PRESETS[preset];
  return [
    state('m.room.join_rules', { join_rule: joinRule }),
    state('m.room.history_visibility', { history_visibility: 'shared' }),
    state('m.room.guest_access', { guest_access: guestAccess }),
  ];
}

/** https://spec.matrix.org/v1.19/client-server-api/#mroomtopic */
function topicContent(topic: string): JsonObject {
  return { topic, 'm.topic': { 'm.text': [{ body: topic, mimetype: 'text/plain' }] } };
}

function inviteEvents({ request, invitees, profiles }: NewRoom): InitialEvent[] {
  const isDirect = request.is_direct === true ? { is_direct: true } : {};
  return invitees.map((userId) => memberEvent(userId, { ...profiles.get(userId), ...isDirect, membership: 'invite' }));
}

function memberEvent(userId: string, content: JsonObject): InitialEvent {
  return { type: 'm.room.member', stateKey: userId, content };
}

function state(type: string, content: JsonObject): InitialEvent {
  return { type, stateKey: '', content };
}
