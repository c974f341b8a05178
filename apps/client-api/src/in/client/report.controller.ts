import { Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { eventReportRequest, readBody, reportRequest } from '@plexus/matrix-api';
import { ReportContent } from '../../reports/report-content.ts';
import { Access } from '../access.ts';
import { CLIENT_V3 } from '../client-prefixes.ts';

/** https://spec.matrix.org/v1.19/client-server-api/#reporting-content */
@Controller(CLIENT_V3)
export class ReportController {
  readonly #access: Access;
  readonly #reportContent: ReportContent;

  constructor(access: Access, reportContent: ReportContent) {
    this.#access = access;
    this.#reportContent = reportContent;
  }

  @Post('rooms/:roomId/report/:eventId')
  @HttpCode(200)
  async event(
    @Req() request: FastifyRequest,
    @Param('roomId') roomId: string,
    @Param('eventId') eventId: string,
  ): Promise<object> {
    const requester = await this.#access.requireUser(request);
    const body = readBody(eventReportRequest, request.body, { emptyBody: 'object' });
    await this.#reportContent.event(requester, { roomId, eventId, body });
    return {};
  }

  @Post('rooms/:roomId/report')
  @HttpCode(200)
  async room(@Req() request: FastifyRequest, @Param('roomId') roomId: string): Promise<object> {
    const requester = await this.#access.requireUser(request);
    const { reason } = readBody(reportRequest, request.body);
    await this.#reportContent.room(requester, roomId, reason);
    return {};
  }

  @Post('users/:userId/report')
  @HttpCode(200)
  async user(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<object> {
    const requester = await this.#access.requireUser(request);
    const { reason } = readBody(reportRequest, request.body);
    await this.#reportContent.user(requester, userId, reason);
    return {};
  }
}
