import { QueryAppservices } from '@plexus/appservices';
import type { AppserviceRegistry, QueryAppservicesPorts } from '@plexus/appservices';
import type { CreateRoomRequest } from '@plexus/matrix-api';
import { isRoomAlias, isUserId, MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { Clock, JsonObject, RandomSource } from '@plexus/matrix-base';
import type { RemoteRooms } from '@plexus/remote-servers';
import { DEFAULT_ROOM_VERSION, findRoomVersion } from '@plexus/room-dag';
import type { RoomVersionRules } from '@plexus/room-dag';
import type { RoomCommandReply, RoomWriter } from '@plexus/rpc';
import { requireUserWithinLimit } from '@plexus/service-shell';
import type { RateLimiter, Requester } from '@plexus/service-shell';
import type { StoredAccountSettings } from '@plexus/user-streams';
import type {
  HostedServerKeys,
  HostedServers,
  RoomCreation,
  RoomCreationRepository,
  UserRepository,
} from '@plexus/storage';
import { newRandomId } from '../accounts/random-ids.ts';
import type { RequireConsent } from '../consent/require-consent.ts';
import { requireFreeAlias } from '../appservices/exclusive-names.ts';
import type { PublishRoom } from '../directory/publish-room.ts';
import { createContent } from './build-create-event.ts';
import { requireInvitable } from './require-invitable.ts';
import type { ClaimAlias } from './claim-alias.ts';
import { initialEvents, presetOf } from './initial-events.ts';
import type { InitialEvent } from './initial-events.ts';
import { initialPowerLevels } from './initial-power-levels.ts';
import { memberProfiles } from './member-profile.ts';
import { encodeContent, protoEvent } from './proto-event.ts';
import { errorOfReply } from './room-commands.ts';
import { storeRoomCreation } from './store-room-creation.ts';

export interface CreateRoomPorts {
  readonly writer: RoomWriter;
  readonly users: Pick<UserRepository, 'findProfiles'>;
  readonly servers: HostedServers;
  readonly keys: HostedServerKeys;
  readonly creations: RoomCreationRepository;
  readonly limiter: RateLimiter;
  readonly random: RandomSource;
  readonly clock: Pick<Clock, 'now'>;
  readonly settings: Pick<StoredAccountSettings, 'find'>;
  readonly remoteRooms: Pick<RemoteRooms, 'inviteUser'>;
  readonly requireConsent: Pick<RequireConsent, 'execute'>;
  readonly appservices: QueryAppservicesPorts & { readonly registry: AppserviceRegistry };
}

/** A creation that may be repeated: with the same id it makes the same room. */
export interface RepeatableCreation {
  readonly commandId?: string;
}

/** Creates a room (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3createroom). */
export class CreateRoom {
  readonly #ports: CreateRoomPorts;
  readonly #claimAlias: ClaimAlias;
  readonly #publishRoom: PublishRoom;
  readonly #query: QueryAppservices;

  constructor(ports: CreateRoomPorts, claimAlias: ClaimAlias, publishRoom: PublishRoom) {
    this.#ports = ports;
    this.#publishRoom = publishRoom;
    this.#query = new QueryAppservices(ports.appservices);
    this.#claimAlias = claimAlias;
  }

  /**
   * Returns the room id. Invitees who take no invites are left out, unless there are no others. The alias is taken before the room exists, because its event is among the first ones: a crash in between leaves an
   * alias of no room, which `ClaimAlias` gives away again.
   */
  async execute(
    requester: Requester,
    asked: CreateRoomRequest,
    { commandId }: RepeatableCreation = {},
  ): Promise<string> {
    await this.#ports.requireConsent.execute(requester);
    const rules = rulesOf(asked);
    const roomAlias = aliasOf(requester, asked);
    requireInvitees(requester, asked);
    if (roomAlias !== undefined) requireFreeAlias(this.#ports.appservices.registry, requester, roomAlias);
    const invite = await requireInvitable(this.#ports.settings, asked.invite ?? []);
    // Whom nobody is to hear invites nobody, and has no room in the directory.
    const request = { ...asked, invite: requester.isShadowBanned === true ? [] : invite };
    const content = createContent(rules, requester.userId, request);
    const powerLevels = powerLevelsOf(rules, [requester.userId, ...creatorsIn(content)], request);
    await requireUserWithinLimit(this.#ports.limiter, requester, 'room-creation');
    const invitees = [...new Set(request.invite)];
    await this.#requireWithinInvites(requester, invitees);
    const hosted = invitees.filter((userId) => this.#ports.servers.isHosted(serverNameOf(userId)));
    await this.#query.ensureUsers(hosted, this.#ports.users, requester.appserviceId);
    const profiles = await memberProfiles(this.#ports.users, [requester.userId, ...hosted]);
    const creator = requester.userId;
    const events = initialEvents({ rules, creator, request, invitees: hosted, roomAlias, powerLevels, profiles });
    const creation = await storeRoomCreation(this.#ports, requester, {
      rules,
      content,
      commandId: commandId ?? newRandomId(this.#ports.random),
    });
    if (roomAlias === undefined) await this.#store(requester, { creation, rules, events });
    else {
      const { roomId } = creation;
      await this.#claimAlias.hold({ roomAlias, roomId, creator }, () =>
        this.#store(requester, { creation, rules, events }),
      );
    }
    if (request.visibility === 'public' && requester.isShadowBanned !== true) {
      await this.#publishRoom.execute(requester.serverName, creation.roomId);
    }
    const elsewhere = invitees.filter((userId) => !hosted.includes(userId));
    await this.#inviteElsewhere(creation.roomId, { sender: creator, invitees: elsewhere, request });
    return creation.roomId;
  }

  /** All of them or no room: who is invited with the creation is invited no less than later on. */
  async #requireWithinInvites(requester: Requester, invitees: readonly string[]): Promise<void> {
    if (invitees.length === 0) return;
    const { limiter } = this.#ports;
    await requireUserWithinLimit(limiter, requester, 'invite-by-user', { count: invitees.length });
    await Promise.all(invitees.map((key) => requireUserWithinLimit(limiter, requester, 'invite-to-user', { key })));
  }

  /**
   * The servers of these users sign their invites. The room is there, so its id is the answer whatever they say: who is not among its members
   * can be invited again.
   */
  async #inviteElsewhere(
    roomId: string,
    {
      sender,
      invitees,
      request,
    }: { readonly sender: string; readonly invitees: readonly string[]; readonly request: CreateRoomRequest },
  ): Promise<void> {
    const content: JsonObject = request.is_direct === true ? { is_direct: true } : {};
    await Promise.all(
      invitees.map((targetUserId) => this.#ports.remoteRooms.inviteUser({ roomId, sender, targetUserId, content })),
    );
  }

  async #store(
    { userId, deviceId }: Requester,
    room: { creation: RoomCreation; rules: RoomVersionRules; events: readonly InitialEvent[] },
  ): Promise<void> {
    const { commandId, roomId, createEvent } = room.creation;
    const events = room.events.map(({ type, stateKey, content }) =>
      protoEvent({ type, stateKey, sender: userId, senderDeviceId: deviceId, content: encodeContent(content) }),
    );
    const reply = await this.#ports.writer.execute({
      commandId,
      roomId,
      command: { $case: 'createRoom', value: { roomVersion: room.rules.version, createEvent, events } },
    });
    if (reply.$case !== 'stored') throw errorOfCreation(reply);
  }
}

function rulesOf({ room_version: version = DEFAULT_ROOM_VERSION }: CreateRoomRequest): RoomVersionRules {
  const rules = findRoomVersion(version);
  if (rules !== undefined) return rules;
  throw new MatrixError('M_UNSUPPORTED_ROOM_VERSION', 400, 'This room version is not supported');
}

function aliasOf({ serverName }: Requester, { room_alias_name: name }: CreateRoomRequest): string | undefined {
  if (name === undefined) return undefined;
  const alias = `#${name}:${serverName}`;
  if (name !== '' && !/[\s:]/u.test(name) && isRoomAlias(alias)) return alias;
  throw new MatrixError('M_INVALID_PARAM', 400, '"room_alias_name" is not the local part of a room alias');
}

function requireInvitees({ userId }: Requester, request: CreateRoomRequest): void {
  if ((request.invite_3pid ?? []).length > 0) {
    throw new MatrixError('M_FORBIDDEN', 403, 'Invites by third-party id need an identity server, and there is none');
  }
  for (const invitee of request.invite ?? []) {
    if (!isUserId(invitee)) throw new MatrixError('M_INVALID_PARAM', 400, '"invite" has something that is no user id');
    if (invitee === userId) throw new MatrixError('M_INVALID_PARAM', 400, 'The creator cannot be invited');
  }
}

function creatorsIn({ additional_creators: additional }: JsonObject): string[] {
  return Array.isArray(additional) ? additional.filter((userId) => typeof userId === 'string') : [];
}

function powerLevelsOf(rules: RoomVersionRules, creators: readonly string[], request: CreateRoomRequest): JsonObject {
  const preset = presetOf(request);
  return initialPowerLevels({
    rules,
    creators,
    trusted: preset === 'trusted_private_chat' ? (request.invite ?? []) : [],
    isPublic: preset === 'public_chat',
    override: request.power_level_content_override,
  });
}

/** What the rules reject in a new room is a fault of the request's state, not of its author's rights. */
function errorOfCreation(reply: Exclude<RoomCommandReply, { $case: 'stored' }>): MatrixError {
  if (reply.$case !== 'refused') return errorOfReply(reply);
  const { errcode, rule, error } = reply.value;
  const isByState = errcode === 'M_FORBIDDEN' && rule !== '' && !/^(server|member\.invite\.remote)/.test(rule);
  return isByState ? new MatrixError('M_INVALID_ROOM_STATE', 400, error) : errorOfReply(reply);
}
