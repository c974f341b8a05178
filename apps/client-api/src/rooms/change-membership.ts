import { QueryAppservices } from '@plexus/appservices';
import type { QueryAppservicesPorts } from '@plexus/appservices';
import type { ThirdPartySigned } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import type { JsonObject, RandomSource } from '@plexus/matrix-base';
import type { RoomWriter } from '@plexus/rpc';
import { requireUserWithinLimit } from '@plexus/service-shell';
import type { LimitedAction, RateLimiter, Requester } from '@plexus/service-shell';
import type { NoticeRoomReader, UserRepository } from '@plexus/storage';
import type { StoredAccountSettings } from '@plexus/user-streams';
import { userSuspended } from '../accounts/account-faults.ts';
import { newRandomId } from '../accounts/random-ids.ts';
import type { RequireConsent } from '../consent/require-consent.ts';
import type { CarrySettings } from '../upgrade/carry-settings.ts';
import type { ExchangeInvite } from './exchange-invite.ts';
import type { RequireGuestAccess } from './require-guest-access.ts';
import { requireRoomId, requireUserId } from './check-identifiers.ts';
import { requireInvitable } from './require-invitable.ts';
import { memberProfile } from './member-profile.ts';
import { encodeContent, NOW, protoEvent } from './proto-event.ts';
import { ChangeRemoteMembership } from './change-remote-membership.ts';
import type { ChangeRemoteMembershipPorts } from './change-remote-membership.ts';
import { discardedFor, errorOfReply, onlyEventId } from './room-commands.ts';

/** The endpoints that change a membership; `set` is `PUT /state/m.room.member`, which brings the whole content. */
export type MembershipChange =
  | {
      readonly action: 'join' | 'leave' | 'knock';
      readonly reason?: string | undefined;
      /** Servers that may be in the room. */
      readonly via?: readonly string[];
      /** Of who joins by an invite to a third-party id. */
      readonly thirdPartySigned?: ThirdPartySigned | undefined;
    }
  | {
      readonly action: 'invite' | 'kick' | 'ban' | 'unban';
      readonly target: string;
      readonly reason?: string | undefined;
    }
  | {
      readonly action: 'set';
      readonly target: string;
      readonly content: JsonObject;
      /** `NOW`, or when it happened elsewhere. */
      readonly originServerTs: number;
    };

export interface ChangeMembershipPorts extends ChangeRemoteMembershipPorts {
  readonly writer: RoomWriter;
  readonly users: Pick<UserRepository, 'findProfiles'>;
  readonly limiter: RateLimiter;
  readonly random: RandomSource;
  readonly settings: Pick<StoredAccountSettings, 'find'>;
  readonly noticeRooms: NoticeRoomReader;
  readonly requireConsent: Pick<RequireConsent, 'execute'>;
  readonly guestAccess: Pick<RequireGuestAccess, 'execute'>;
  readonly exchangeInvite: Pick<ExchangeInvite, 'execute'>;
  readonly carrySettings: Pick<CarrySettings, 'execute'>;
  readonly appservices: QueryAppservicesPorts;
}

/** What the room's owner is asked for. */
interface Wish {
  readonly targetUserId: string;
  readonly membership: string;
  readonly content: JsonObject;
  readonly onlyFrom: string[];
}

/** Changes memberships (https://spec.matrix.org/v1.19/client-server-api/#room-membership). */
export class ChangeMembership {
  readonly #ports: ChangeMembershipPorts;
  readonly #elsewhere: ChangeRemoteMembership;
  readonly #query: QueryAppservices;

  constructor(ports: ChangeMembershipPorts) {
    this.#ports = ports;
    this.#elsewhere = new ChangeRemoteMembership(ports);
    this.#query = new QueryAppservices(ports.appservices);
  }

  /** Returns the id of the membership event. */
  async execute(requester: Requester, roomId: string, change: MembershipChange): Promise<string> {
    const eventId = await this.#change(requester, roomId, change);
    if (change.action === 'join') await this.#ports.carrySettings.execute(requester.userId, roomId);
    return eventId;
  }

  async #change(requester: Requester, roomId: string, change: MembershipChange): Promise<string> {
    requireRoomId(roomId);
    const wish = wishOf(requester, change);
    requireUserId(wish.targetUserId);
    if (requester.isSuspended === true && change.action === 'join') await this.#requireNoticeRoom(requester, roomId);
    await this.#requireConsent(requester, roomId, wish);
    await this.#requireWithinLimits(requester, roomId, wish);
    if (requester.isGuest && wish.membership === 'join') await this.#ports.guestAccess.execute(roomId);
    if (change.action === 'join' && change.thirdPartySigned !== undefined)
      await this.#ports.exchangeInvite.execute(requester, roomId, change.thirdPartySigned);
    const isNoticeRoom = await this.#leavesNoticeRoom(requester, roomId, wish);
    if (wish.membership === 'invite') {
      await this.#query.ensureUsers([wish.targetUserId], this.#ports.users, requester.appserviceId);
    }
    const content = change.action === 'set' ? wish.content : await this.#withProfile(wish);
    const reply = await this.#ports.writer.execute({
      commandId: newRandomId(this.#ports.random),
      roomId,
      ...(isSeen(change) ? {} : discardedFor(requester)),
      command: commandOf(requester, { ...wish, ...(isNoticeRoom && { onlyFrom: LEAVABLE }), content }, change),
    });
    if (reply.$case === 'stored') return onlyEventId(reply.value);
    if (reply.$case !== 'refused') throw errorOfReply(reply);
    const { rule } = reply.value;
    if (isNoticeRoom && rule === 'member.only_from') throw cannotReject();
    // No other server hears what is discarded here.
    if (requester.isShadowBanned === true && rule === 'member.invite.remote')
      return `$${newRandomId(this.#ports.random)}`;
    const via = 'via' in change ? (change.via ?? []) : [];
    const eventId = await this.#elsewhere.execute({ ...wish, content, roomId, sender: requester, via, rule });
    if (eventId !== undefined) return eventId;
    throw errorOfReply(reply);
  }

  /** Who is suspended may join the room in which their server speaks to them: its invite cannot be rejected. */
  async #requireNoticeRoom({ userId }: Requester, roomId: string): Promise<void> {
    if ((await this.#ports.noticeRooms.findRoom(userId)) !== roomId) throw userSuspended();
  }

  /** Whoever has not agreed may go, and may join the room in which the server asks them to. */
  async #requireConsent(requester: Requester, roomId: string, { membership, targetUserId }: Wish): Promise<void> {
    const isOwn = targetUserId === requester.userId;
    if (isOwn && membership === 'leave') return;
    await this.#ports.requireConsent.execute(requester, isOwn && membership === 'join' ? { joining: roomId } : {});
  }

  async #requireWithinLimits(requester: Requester, roomId: string, wish: Wish): Promise<void> {
    const { limiter } = this.#ports;
    const { userId } = requester;
    const within = (action: LimitedAction, key: string): Promise<void> =>
      requireUserWithinLimit(limiter, requester, action, { key });
    if (wish.membership === 'join' || wish.membership === 'knock') {
      await Promise.all([within('join', userId), within('join-into-room', roomId)]);
    }
    if (wish.membership !== 'invite') return;
    await requireInvitable(this.#ports.settings, [wish.targetUserId]);
    await within('invite-into-room', roomId);
    await within('invite-to-user', wish.targetUserId);
    await within('invite-by-user', userId);
  }

  /** Whether the user is about to leave the room in which their server speaks to them. */
  async #leavesNoticeRoom({ userId }: Requester, roomId: string, wish: Wish): Promise<boolean> {
    if (wish.membership !== 'leave' || wish.targetUserId !== userId) return false;
    return (await this.#ports.noticeRooms.findRoom(userId)) === roomId;
  }

  /** A join, an invite or a knock shows the profile of the user whom it is about. */
  async #withProfile({ membership, targetUserId, content }: Wish): Promise<JsonObject> {
    if (membership !== 'join' && membership !== 'invite' && membership !== 'knock') return content;
    return { ...(await memberProfile(this.#ports.users, targetUserId)), ...content };
  }
}

/** A membership that happened at another time is an event like others to its owner. */
function commandOf({ userId, deviceId }: Requester, wish: Wish, change: MembershipChange): Command {
  const { targetUserId, membership, content } = wish;
  const sender = { sender: userId, senderDeviceId: deviceId };
  const isTimed = change.action === 'set' && change.originServerTs !== NOW && wish.onlyFrom.length === 0;
  if (!isTimed) {
    return { $case: 'changeMembership', value: { ...sender, ...wish, content: encodeContent(content) } };
  }
  const event = protoEvent({
    ...sender,
    type: 'm.room.member',
    stateKey: targetUserId,
    content: encodeContent({ ...content, membership }),
    originServerTs: change.originServerTs,
  });
  return { $case: 'sendEvent', value: { event } };
}

type Command = Parameters<RoomWriter['execute']>[0]['command'];

/** A room that is never joined or left would tell a user at once that nobody hears them: that happens. */
function isSeen({ action }: MembershipChange): boolean {
  return action === 'join' || action === 'leave';
}

const PRESENT = ['join', 'invite', 'knock'];

/** Who is invited to the room of their server's notices stays so, or joins and may leave then. */
const LEAVABLE = ['join', 'leave', 'knock', 'ban'];

/** https://spec.matrix.org/v1.19/client-server-api/#server-notices */
function cannotReject(): MatrixError {
  return new MatrixError('M_CANNOT_LEAVE_SERVER_NOTICE_ROOM', 403, 'You cannot reject this invite');
}

function wishOf({ userId }: Requester, change: MembershipChange): Wish {
  if (change.action === 'set') return wishOfContent(change.target, change.content);
  const content: JsonObject = change.reason === undefined ? {} : { reason: change.reason };
  switch (change.action) {
    case 'join':
      return { targetUserId: userId, membership: 'join', content, onlyFrom: [] };
    case 'knock':
      return { targetUserId: userId, membership: 'knock', content, onlyFrom: [] };
    case 'leave':
      return { targetUserId: userId, membership: 'leave', content, onlyFrom: [] };
    case 'invite':
      return { targetUserId: change.target, membership: 'invite', content, onlyFrom: [] };
    case 'kick':
      return { targetUserId: change.target, membership: 'leave', content, onlyFrom: PRESENT };
    case 'ban':
      return { targetUserId: change.target, membership: 'ban', content, onlyFrom: [] };
    case 'unban':
      return { targetUserId: change.target, membership: 'leave', content, onlyFrom: ['ban'] };
  }
}

const MEMBERSHIPS = new Set(['join', 'invite', 'leave', 'ban', 'knock']);

/** Who authorised a restricted join is for the owner to say. */
function wishOfContent(targetUserId: string, given: JsonObject): Wish {
  const { membership, join_authorised_via_users_server: _claimed, ...content } = given;
  if (typeof membership !== 'string' || !MEMBERSHIPS.has(membership)) {
    throw new MatrixError('M_BAD_JSON', 400, '"membership" must be one of join, invite, leave, ban, knock');
  }
  return { targetUserId, membership, content, onlyFrom: [] };
}
