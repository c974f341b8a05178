import { Readable } from 'node:stream';
import { Get, Param, Query, Req, StreamableFile } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { consentsQuery, readQuery } from '@plexus/matrix-api';
import type { ConsentBody } from '@plexus/matrix-api';
import type { Consent } from '@plexus/storage';
import { FindAdministeredUser } from '../../administration/find-administered-user.ts';
import { ExportConsents } from '../../consent/export-consents.ts';
import { Access } from '../access.ts';
import { ADMIN_V1 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';
import { bodyOfConsent, CONSENT_COLUMNS, csvOfConsent } from './policy-body.ts';

/** Who agreed to what. */
@AdminController(ADMIN_V1)
export class ConsentsController {
  readonly #access: Access;
  readonly #findUser: FindAdministeredUser;
  readonly #consents: ExportConsents;

  constructor(access: Access, findUser: FindAdministeredUser, consents: ExportConsents) {
    this.#access = access;
    this.#findUser = findUser;
    this.#consents = consents;
  }

  @Get('users/:userId/consents')
  async ofUser(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<{ consents: ConsentBody[] }> {
    const requester = await this.#access.requireAdmin(request, 'look-into-content');
    await this.#findUser.execute(requester, userId);
    return { consents: (await this.#consents.ofUser(userId)).map(bodyOfConsent) };
  }

  /** All consents of a server's users, as lines of JSON or as CSV. */
  @Get('consents')
  async ofServer(@Req() request: FastifyRequest, @Query() query: unknown): Promise<StreamableFile> {
    const requester = await this.#access.requireAdmin(request, 'look-into-content');
    const { server_name: serverName = requester.serverName, format = 'jsonl' } = readQuery(consentsQuery, query);
    const pages = this.#consents.ofServer(requester, serverName);
    const type = format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson';
    return new StreamableFile(Readable.from(format === 'csv' ? csvOf(pages) : linesOf(pages)), { type });
  }
}

async function* linesOf(pages: AsyncGenerator<Consent[]>): AsyncGenerator<string> {
  for await (const page of pages) yield page.map((consent) => `${JSON.stringify(bodyOfConsent(consent))}\n`).join('');
}

async function* csvOf(pages: AsyncGenerator<Consent[]>): AsyncGenerator<string> {
  yield `${CONSENT_COLUMNS.join(',')}\r\n`;
  for await (const page of pages) yield page.map(csvOfConsent).join('');
}
