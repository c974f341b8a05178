import { MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { EventReportRequest } from '@plexus/matrix-api';
import { readEvent } from '@plexus/room-view';
import { requireUserWithinLimit } from '@plexus/service-shell';
import type { RateLimiter, Requester } from '@plexus/service-shell';
import type { HostedServers, ReportRepository, RoomReader, UserRepository } from '@plexus/storage';
import type { ReadRoomAccess, RoomAccess } from '../reading/room-access.ts';
import type { ShowEvents } from '../reading/show-events.ts';
import { requireEventId, requireRoomId, requireUserId } from '../rooms/check-identifiers.ts';

export interface ReportContentPorts {
  readonly reports: ReportRepository;
  readonly rooms: Pick<RoomReader, 'findRoom' | 'findEventsById'>;
  readonly users: Pick<UserRepository, 'findUser'>;
  readonly servers: Pick<HostedServers, 'isHosted'>;
  readonly limiter: RateLimiter;
}

export interface EventReport {
  readonly roomId: string;
  readonly eventId: string;
  readonly body: EventReportRequest;
}

/**
 * Keeps what users find inappropriate for administrators to read (https://spec.matrix.org/v1.19/client-server-api/#reporting-content). What users
 * report whom nobody is to hear is checked and not kept.
 */
export class ReportContent {
  readonly #ports: ReportContentPorts;
  readonly #access: ReadRoomAccess;
  readonly #showEvents: ShowEvents;

  constructor(ports: ReportContentPorts, access: ReadRoomAccess, showEvents: ShowEvents) {
    this.#ports = ports;
    this.#access = access;
    this.#showEvents = showEvents;
  }

  /** An event that the user sees in a room that they are in. Throws 404 `M_NOT_FOUND` for any other. */
  async event(requester: Requester, { roomId, eventId, body }: EventReport): Promise<void> {
    requireRoomId(roomId);
    requireEventId(eventId);
    await this.#requireWithinLimit(requester);
    const sender = await this.#findSender(requester.userId, roomId, eventId);
    if (sender === undefined) throw notFound('The event was not found or you are not joined to the room');
    if (requester.isShadowBanned === true) return;
    const { reason, score } = body;
    await this.#ports.reports.addEventReport({ roomId, eventId, sender, reporter: requester.userId, reason, score });
  }

  /** A room, whether or not the user is in it. Throws 404 `M_NOT_FOUND` for one that is not stored here. */
  async room(requester: Requester, roomId: string, reason: string): Promise<void> {
    requireRoomId(roomId);
    await this.#requireWithinLimit(requester);
    if ((await this.#ports.rooms.findRoom(roomId)) === undefined) throw notFound('The room was not found');
    if (requester.isShadowBanned === true) return;
    await this.#ports.reports.addRoomReport({ roomId, reporter: requester.userId, reason });
  }

  /** A user. Throws 404 `M_NOT_FOUND` for one of a hosted server who does not exist; whom another server has is not known here. */
  async user(requester: Requester, userId: string, reason: string): Promise<void> {
    requireUserId(userId);
    await this.#requireWithinLimit(requester);
    const { servers, users } = this.#ports;
    const isMissing = servers.isHosted(serverNameOf(userId)) && (await users.findUser(userId)) === undefined;
    if (isMissing) throw notFound('The user was not found');
    if (requester.isShadowBanned === true) return;
    await this.#ports.reports.addUserReport({ userId, reporter: requester.userId, reason });
  }

  #requireWithinLimit(requester: Requester): Promise<void> {
    return requireUserWithinLimit(this.#ports.limiter, requester, 'report');
  }

  async #findSender(userId: string, roomId: string, eventId: string): Promise<string | undefined> {
    const access = await this.#findAccess(userId, roomId);
    if (access?.kind !== 'joined') return undefined;
    const { room } = access;
    const stored = (await this.#ports.rooms.findEventsById(room.shard, room.roomNid, [eventId])).get(eventId);
    if (stored?.status !== 'accepted' || stored.topologicalPosition === undefined) return undefined;
    // Who is ignored can be reported too.
    const [visible] = await this.#showEvents.findVisible(access, [stored]);
    return visible && readEvent(stored, room.roomVersion).sender;
  }

  async #findAccess(userId: string, roomId: string): Promise<RoomAccess | undefined> {
    try {
      return await this.#access.execute(userId, roomId);
    } catch (error) {
      if (error instanceof MatrixError && error.httpStatus === 403) return undefined;
      throw error;
    }
  }
}

function notFound(message: string): MatrixError {
  return new MatrixError('M_NOT_FOUND', 404, message);
}
