import type { UpgradeRequest } from '@plexus/matrix-api';
import { encodeUrlSafeBase64, isUserId, MatrixError } from '@plexus/matrix-base';
import type { Clock, JsonObject, RandomSource } from '@plexus/matrix-base';
import { authStateOf, findRoomVersion, isPrivilegedCreator, powerLevelOf, requiredPowerLevel } from '@plexus/room-dag';
import type { AuthState, RoomEvent, RoomVersionRules } from '@plexus/room-dag';
import type { RoomState } from '@plexus/room-view';
import type { RoomWriter } from '@plexus/rpc';
import { requireUserWithinLimit } from '@plexus/service-shell';
import type { RateLimiter } from '@plexus/service-shell';
import type {
  AdminJobRepository,
  HostedServerKeys,
  RoomCreation,
  RoomCreationRepository,
  RoomReader,
  RoomRecord,
  UserRepository,
} from '@plexus/storage';
import { newRandomId } from '../accounts/random-ids.ts';
import type { RequireConsent } from '../consent/require-consent.ts';
import type { ReadRoomAccess } from '../reading/room-access.ts';
import { createContent } from '../rooms/build-create-event.ts';
import type { InitialEvent } from '../rooms/initial-events.ts';
import { memberProfile } from '../rooms/member-profile.ts';
import { encodeContent, protoEvent } from '../rooms/proto-event.ts';
import { commandIdOf, executeCommand } from '../rooms/room-commands.ts';
import { storeRoomCreation } from '../rooms/store-room-creation.ts';
import type { CarrySettings } from './carry-settings.ts';
import type { LeaveOldRoom } from './leave-old-room.ts';
import type { Upgrade, Upgrader } from './upgrade.ts';
import { UPGRADE_ROOM, upgradeParameters } from './upgrade-job.ts';
import { upgradePowerLevels } from './upgraded-power-levels.ts';

export interface UpgradeRoomPorts {
  readonly writer: RoomWriter;
  readonly users: UserRepository;
  readonly keys: HostedServerKeys;
  readonly creations: RoomCreationRepository;
  readonly rooms: Pick<RoomReader, 'findRoom' | 'findEvents'>;
  readonly states: RoomState;
  readonly jobs: Pick<AdminJobRepository, 'beginJob' | 'finishJob' | 'restJob'>;
  readonly requireConsent: Pick<RequireConsent, 'execute'>;
  readonly carrySettings: Pick<CarrySettings, 'execute'>;
  readonly limiter: RateLimiter;
  readonly random: RandomSource;
  readonly clock: Pick<Clock, 'now'>;
}

/** An upgrade that its user may make. */
interface BegunUpgrade {
  /** `replacement`: the room that an earlier attempt has made and the old room's tombstone names. */
  readonly upgrade: Upgrade & { readonly replacement: string | undefined };
  readonly additional: readonly string[];
}

/** How long nobody else takes up an upgrade on which its request works. */
const CLAIM_MS = 120_000;
const REST_MS = 5_000;

/** What the new room has from the old one. */
const COPIED = [
  'm.room.server_acl',
  'm.room.encryption',
  'm.room.name',
  'm.room.avatar',
  'm.room.topic',
  'm.room.guest_access',
  'm.room.history_visibility',
  'm.room.join_rules',
];
const READ = [...COPIED, 'm.room.create', 'm.room.power_levels', 'm.room.canonical_alias', 'm.room.tombstone'];

/**
 * Replaces a room by one of another version (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidupgrade).
 *
 * Each step has an id that follows from the room, the user, the version and the room's tombstone so far: an upgrade that is repeated finds what was
 * done and does the rest. A job is kept for it, so that one whose process died is taken up by another. The last request of the same user that
 * went through is answered again.
 */
export class UpgradeRoom {
  readonly #ports: UpgradeRoomPorts;
  readonly #access: ReadRoomAccess;
  readonly #leaveOldRoom: LeaveOldRoom;

  constructor(ports: UpgradeRoomPorts, access: ReadRoomAccess, leaveOldRoom: LeaveOldRoom) {
    this.#ports = ports;
    this.#access = access;
    this.#leaveOldRoom = leaveOldRoom;
  }

  /** The id of the new room. Throws `M_UNSUPPORTED_ROOM_VERSION` and 403 `M_FORBIDDEN`. */
  async execute(requester: Upgrader, roomId: string, request: UpgradeRequest): Promise<string> {
    await this.#ports.requireConsent.execute(requester);
    const { upgrade, additional } = await this.#begin(requester, roomId, request);
    if (requester.isShadowBanned === true) return madeUpRoomId(requester, upgrade.rules, this.#ports.random);
    const job = { jobId: upgrade.id, kind: UPGRADE_ROOM, target: roomId, ...upgradeParameters(requester, request) };
    const claim = await this.#ports.jobs.beginJob(job, CLAIM_MS);
    try {
      const replacement = await this.#finish(upgrade, additional);
      await this.#ports.jobs.finishJob(claim, { status: 'complete', result: { replacement_room: replacement } });
      return replacement;
    } catch (error) {
      await this.#giveUp(claim, error);
      throw error;
    }
  }

  /** Does what is left to do of an upgrade with this id. Throws as `execute`, and 403 where somebody else has replaced the room meanwhile. */
  async resume(id: string, requester: Upgrader, roomId: string, request: UpgradeRequest): Promise<string> {
    const { upgrade, additional } = await this.#begin(requester, roomId, request);
    if (upgrade.id !== id && upgrade.replacement === undefined)
      throw new MatrixError('M_FORBIDDEN', 403, 'The room has been replaced by another one meanwhile');
    return await this.#finish(upgrade, additional);
  }

  async #begin(requester: Upgrader, roomId: string, request: UpgradeRequest): Promise<BegunUpgrade> {
    const rules = findRoomVersion(request.new_version);
    if (rules === undefined) {
      throw new MatrixError('M_UNSUPPORTED_ROOM_VERSION', 400, 'This server does not support that room version');
    }
    const additional = rules.privilegedCreators ? requireUserIds(request.additional_creators ?? []) : [];
    const { room: old, kind } = await this.#access.execute(requester.userId, roomId);
    const keys = READ.map((type) => ({ type, stateKey: '' }));
    const state = authStateOf(await this.#ports.states.findMany(old, old.currentRoot, keys));
    if (kind !== 'joined' || !mayUpgrade(requester.userId, state)) {
      throw new MatrixError('M_FORBIDDEN', 403, 'You cannot upgrade this room');
    }
    const tombstone = state.find('m.room.tombstone', '');
    const id = commandIdOf('upgrade', requester.userId, roomId, rules.version, tombstone?.eventId ?? '');
    const upgrade: Upgrade = { requester, old, state, rules, id };
    const replacement = await this.#findReplacement(upgrade, tombstone);
    return { upgrade: { ...upgrade, replacement }, additional };
  }

  async #finish(upgrade: BegunUpgrade['upgrade'], additional: readonly string[]): Promise<string> {
    const replacement = upgrade.replacement ?? (await this.#create(upgrade, additional));
    await this.#leaveOldRoom.execute(upgrade, replacement);
    await this.#ports.carrySettings.execute(upgrade.requester.userId, replacement);
    return replacement;
  }

  /** What was refused stays refused; what infrastructure failed at is taken up by the job. */
  async #giveUp(claim: string, error: unknown): Promise<void> {
    const { jobs } = this.#ports;
    const because = error instanceof Error ? error.message : String(error);
    const isFinal = error instanceof MatrixError && error.httpStatus < 500 && error.httpStatus !== 429;
    if (isFinal) await jobs.finishJob(claim, { status: 'failed', error: because });
    else await jobs.restJob(claim, because, REST_MS);
  }

  /** The room that an earlier request of this user has made, if the tombstone names it. */
  async #findReplacement(
    { requester, old, rules }: Upgrade,
    tombstone: RoomEvent | undefined,
  ): Promise<string | undefined> {
    const replacement = tombstone?.content['replacement_room'];
    if (tombstone?.sender !== requester.userId || typeof replacement !== 'string') return undefined;
    const room = await this.#ports.rooms.findRoom(replacement);
    if (room?.roomVersion !== rules.version) return undefined;
    const create = await this.#ports.states.find(room, room.currentRoot, { type: 'm.room.create', stateKey: '' });
    const predecessor = create?.content['predecessor'] as JsonObject | undefined;
    return create?.sender === requester.userId && predecessor?.['room_id'] === old.roomId ? replacement : undefined;
  }

  async #create(upgrade: Upgrade, additional: readonly string[]): Promise<string> {
    const { requester, rules } = upgrade;
    const { userId, deviceId } = requester;
    await requireUserWithinLimit(this.#ports.limiter, requester, 'room-creation');
    const creation = await this.#prepare(upgrade, additional);
    const events = await this.#eventsOf(upgrade, [userId, ...additional]);
    const value = {
      roomVersion: rules.version,
      createEvent: creation.createEvent,
      events: events.map(({ type, stateKey, content }) =>
        protoEvent({ type, stateKey, sender: userId, senderDeviceId: deviceId, content: encodeContent(content) }),
      ),
    };
    const { roomId, commandId } = creation;
    await executeCommand(this.#ports.writer, { commandId, roomId, command: { $case: 'createRoom', value } });
    return roomId;
  }

  /** The create event is kept before the room's owner is asked, so that a repeated request makes the same room. */
  async #prepare({ requester, old, state, rules, id }: Upgrade, additional: readonly string[]): Promise<RoomCreation> {
    const oldContent = state.find('m.room.create', '')?.content ?? {};
    const content = createContent(rules, requester.userId, {
      preset: 'private_chat',
      creation_content: {
        predecessor: { room_id: old.roomId, ...(await this.#lastEventOf(old)) },
        ...pick(oldContent, ['type', 'm.federate']),
        ...(additional.length > 0 && { additional_creators: [...additional] }),
      },
    });
    return storeRoomCreation(this.#ports, requester, { rules, content, commandId: id });
  }

  async #lastEventOf({ shard, forwardExtremities }: RoomRecord): Promise<{ event_id?: string }> {
    const last = (await this.#ports.rooms.findEvents(shard, forwardExtremities.slice(0, 1))).values().next().value;
    return last === undefined ? {} : { event_id: last.eventId };
  }

  async #eventsOf({ requester, old, state, rules }: Upgrade, creators: readonly string[]): Promise<InitialEvent[]> {
    const { userId } = requester;
    const create = state.find('m.room.create', '');
    const levels = upgradePowerLevels({
      content: state.find('m.room.power_levels', '')?.content ?? {},
      from: findRoomVersion(old.roomVersion) ?? rules,
      to: rules,
      creators,
      isPrivileged: create !== undefined && isPrivilegedCreator(userId, create),
    });
    const copied = COPIED.map((type) => state.find(type, '')).filter((event) => event !== undefined);
    const isSpace = create?.content['type'] === 'm.space';
    const children = isSpace ? await this.#ports.states.list(old, old.currentRoot, { type: 'm.space.child' }) : [];
    const profile = await memberProfile(this.#ports.users, userId);
    return [
      { type: 'm.room.member', stateKey: userId, content: { ...profile, membership: 'join' } },
      { type: 'm.room.power_levels', stateKey: '', content: levels.first },
      ...[...copied, ...children.filter(({ content }) => content['via'] !== undefined)].map(
        ({ type, stateKey = '', content }) => ({ type, stateKey, content }),
      ),
      ...(levels.last === undefined ? [] : [{ type: 'm.room.power_levels', stateKey: '', content: levels.last }]),
    ];
  }
}

/** For somebody whom nobody is to hear. */
function madeUpRoomId({ serverName }: Upgrader, rules: RoomVersionRules, random: RandomSource): string {
  return rules.roomIdIsCreateEventHash
    ? `!${encodeUrlSafeBase64(random.bytes(32))}`
    : `!${newRandomId(random)}:${serverName}`;
}

function mayUpgrade(userId: string, state: AuthState): boolean {
  return powerLevelOf(userId, state) >= requiredPowerLevel(state, 'm.room.tombstone', true);
}

function requireUserIds(texts: readonly string[]): readonly string[] {
  if (texts.every((text) => isUserId(text))) return texts;
  throw new MatrixError('M_INVALID_PARAM', 400, '"additional_creators" has something that is no user id');
}

function pick(content: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(content).filter(([name]) => names.includes(name)));
}
