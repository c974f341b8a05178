import { Delete, Get, Param, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { readQuery, userReportsQuery } from '@plexus/matrix-api';
import type { UserReportBody, UserReportsBody } from '@plexus/matrix-api';
import type { NewUserReport, StoredReport } from '@plexus/storage';
import { ManageReports } from '../../administration/manage-reports.ts';
import { Access } from '../access.ts';
import { SYNAPSE_ADMIN_V1 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';
import { nextOffset, pageLimit } from './pages.ts';
import { reportIdOf } from './report-id.ts';

/** Users whom other users reported. */
@AdminController(`${SYNAPSE_ADMIN_V1}/user_reports`)
export class UserReportsController {
  readonly #access: Access;
  readonly #reports: ManageReports;

  constructor(access: Access, reports: ManageReports) {
    this.#access = access;
    this.#reports = reports;
  }

  @Get()
  async list(@Req() request: FastifyRequest, @Query() query: unknown): Promise<UserReportsBody> {
    const requester = await this.#access.requireAdmin(request);
    const {
      from: offset = 0,
      limit,
      dir,
      user_id: reporter,
      target_user_id: about,
    } = readQuery(userReportsQuery, query);
    const order = dir === 'f' ? 'oldest-first' : 'newest-first';
    const page = { offset, limit: pageLimit(limit), order, reporter, about } as const;
    const { reports, total } = await this.#reports.listUsers(requester, page);
    const next = nextOffset(offset, reports, total);
    return { user_reports: reports.map(bodyOf), total, ...(next !== undefined && { next_token: next }) };
  }

  @Get(':reportId')
  async get(@Req() request: FastifyRequest, @Param('reportId') id: string): Promise<UserReportBody> {
    return bodyOf(await this.#reports.getUser(await this.#access.requireAdmin(request), reportIdOf(id)));
  }

  @Delete(':reportId')
  async remove(@Req() request: FastifyRequest, @Param('reportId') id: string): Promise<object> {
    await this.#reports.removeUser(await this.#access.requireAdmin(request), reportIdOf(id));
    return {};
  }
}

function bodyOf({ id, receivedAt, userId, reporter, reason }: StoredReport<NewUserReport>): UserReportBody {
  return { id, received_ts: receivedAt, target_user_id: userId, user_id: reporter, reason };
}
