import { Delete, Get, Param, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { readQuery, roomReportsQuery } from '@plexus/matrix-api';
import type { RoomReportBody, RoomReportsBody } from '@plexus/matrix-api';
import type { NewRoomReport, StoredReport } from '@plexus/storage';
import { ManageReports } from '../../administration/manage-reports.ts';
import { Access } from '../access.ts';
import { ADMIN_V1 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';
import { nextOffset, pageLimit } from './pages.ts';
import { reportIdOf } from './report-id.ts';

/** Rooms that users reported; Synapse shows them to nobody. */
@AdminController(`${ADMIN_V1}/room_reports`)
export class RoomReportsController {
  readonly #access: Access;
  readonly #reports: ManageReports;

  constructor(access: Access, reports: ManageReports) {
    this.#access = access;
    this.#reports = reports;
  }

  @Get()
  async list(@Req() request: FastifyRequest, @Query() query: unknown): Promise<RoomReportsBody> {
    const requester = await this.#access.requireAdmin(request);
    const { from: offset = 0, limit, dir, user_id: reporter, room_id: about } = readQuery(roomReportsQuery, query);
    const order = dir === 'f' ? 'oldest-first' : 'newest-first';
    const page = { offset, limit: pageLimit(limit), order, reporter, about } as const;
    const { reports, total } = await this.#reports.listRooms(requester, page);
    const next = nextOffset(offset, reports, total);
    return { room_reports: reports.map(bodyOf), total, ...(next !== undefined && { next_token: next }) };
  }

  @Get(':reportId')
  async get(@Req() request: FastifyRequest, @Param('reportId') id: string): Promise<RoomReportBody> {
    return bodyOf(await this.#reports.getRoom(await this.#access.requireAdmin(request), reportIdOf(id)));
  }

  @Delete(':reportId')
  async remove(@Req() request: FastifyRequest, @Param('reportId') id: string): Promise<object> {
    await this.#reports.removeRoom(await this.#access.requireAdmin(request), reportIdOf(id));
    return {};
  }
}

function bodyOf({ id, receivedAt, roomId, reporter, reason }: StoredReport<NewRoomReport>): RoomReportBody {
  return { id, received_ts: receivedAt, room_id: roomId, user_id: reporter, reason };
}
