import { Delete, Get, Param, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { eventReportsQuery, readQuery } from '@plexus/matrix-api';
import type { EventReportBody, EventReportsBody } from '@plexus/matrix-api';
import type { NewEventReport, StoredReport } from '@plexus/storage';
import { ManageEventReports } from '../../administration/manage-event-reports.ts';
import type { ReportedThing } from '../../administration/manage-event-reports.ts';
import { Access } from '../access.ts';
import { SYNAPSE_ADMIN_V1 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';
import { nextOffset, pageLimit } from './pages.ts';
import { reportIdOf } from './report-id.ts';

/** Events that users found inappropriate. */
@AdminController(`${SYNAPSE_ADMIN_V1}/event_reports`)
export class EventReportsController {
  readonly #access: Access;
  readonly #reports: ManageEventReports;

  constructor(access: Access, reports: ManageEventReports) {
    this.#access = access;
    this.#reports = reports;
  }

  @Get()
  async list(@Req() request: FastifyRequest, @Query() query: unknown): Promise<EventReportsBody> {
    const requester = await this.#access.requireAdmin(request);
    const asked = readQuery(eventReportsQuery, query);
    const { from: offset = 0, limit, dir } = asked;
    const { reports, total } = await this.#reports.list(requester, {
      offset,
      limit: pageLimit(limit),
      order: dir === 'f' ? 'oldest-first' : 'newest-first',
      reporter: asked.user_id,
      about: asked.room_id,
      sender: asked.event_sender_user_id,
    });
    const described = await Promise.all(reports.map((report) => this.#reports.describe(report)));
    const bodies = reports.map((report, at) => bodyOf(report, described[at] ?? GONE));
    const next = nextOffset(offset, reports, total);
    return { event_reports: bodies, total, ...(next !== undefined && { next_token: next }) };
  }

  @Get(':reportId')
  async get(@Req() request: FastifyRequest, @Param('reportId') id: string): Promise<EventReportBody> {
    const requester = await this.#access.requireAdmin(request, 'look-into-content');
    const report = await this.#reports.get(requester, reportIdOf(id));
    const thing = await this.#reports.describe(report);
    return { ...bodyOf(report, thing), event_json: thing.eventJson };
  }

  @Delete(':reportId')
  async remove(@Req() request: FastifyRequest, @Param('reportId') id: string): Promise<object> {
    await this.#reports.remove(await this.#access.requireAdmin(request), reportIdOf(id));
    return {};
  }
}

const GONE: ReportedThing = { name: null, canonicalAlias: null, eventJson: null };

function bodyOf(report: StoredReport<NewEventReport>, thing: ReportedThing): Omit<EventReportBody, 'event_json'> {
  return {
    id: report.id,
    received_ts: report.receivedAt,
    room_id: report.roomId,
    event_id: report.eventId,
    user_id: report.reporter,
    reason: report.reason ?? null,
    score: report.score ?? null,
    sender: report.sender,
    canonical_alias: thing.canonicalAlias,
    name: thing.name,
  };
}
