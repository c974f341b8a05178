import { Readable } from 'node:stream';
import { Get, Header, HttpCode, Param, Post, Req, StreamableFile } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { eraseUserRequest, readBody } from '@plexus/matrix-api';
import { UserDataJobs } from '../../administration/user-data-jobs.ts';
import { Access } from '../access.ts';
import { ADMIN_V1 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';

/** Exports and erasures of everything that is held about a user. */
@AdminController(ADMIN_V1)
export class UserDataController {
  readonly #access: Access;
  readonly #userDataJobs: UserDataJobs;

  constructor(access: Access, userDataJobs: UserDataJobs) {
    this.#access = access;
    this.#userDataJobs = userDataJobs;
  }

  @Post('users/:userId/export')
  @HttpCode(202)
  async export(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<{ job_id: string }> {
    return { job_id: await this.#userDataJobs.startExport(await this.#access.requireAdmin(request), userId) };
  }

  /** Lines of JSON. */
  @Get('exports/:jobId')
  @Header('Content-Type', 'application/x-ndjson')
  async download(@Req() request: FastifyRequest, @Param('jobId') jobId: string): Promise<StreamableFile> {
    const requester = await this.#access.requireAdmin(request, 'look-into-content');
    const parts = this.#userDataJobs.read(requester, jobId);
    const first = await parts.next();
    return new StreamableFile(Readable.from(startingWith(first, parts)));
  }

  @Post('users/:userId/erase')
  @HttpCode(202)
  async erase(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<{ job_id: string }> {
    const requester = await this.#access.requireAdmin(request);
    const { redact_events: redacts = true } = readBody(eraseUserRequest, request.body, { emptyBody: 'object' });
    return { job_id: await this.#userDataJobs.startErasure(requester, userId, { redacts }) };
  }
}

/** @NOTE The first part is read before the answer begins, so that an error can still be one. */
async function* startingWith(
  first: IteratorResult<Buffer, void>,
  rest: AsyncGenerator<Buffer>,
): AsyncGenerator<Buffer> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}
