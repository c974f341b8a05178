import { Get, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { auditLogQuery, readQuery } from '@plexus/matrix-api';
import type { AuditEntryBody, AuditLogBody } from '@plexus/matrix-api';
import type { AuditEntry } from '@plexus/storage';
import { ListAuditLog } from '../../audit/list-audit-log.ts';
import { Access } from '../access.ts';
import { ADMIN_V1 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';
import { pageLimit } from './pages.ts';

/** Who did what, on whom, when and from where. */
@AdminController(`${ADMIN_V1}/audit_log`)
export class AuditLogController {
  readonly #access: Access;
  readonly #listAuditLog: ListAuditLog;

  constructor(access: Access, listAuditLog: ListAuditLog) {
    this.#access = access;
    this.#listAuditLog = listAuditLog;
  }

  /** The newest first; `next` of an answer is `from` of the next request. */
  @Get()
  async list(@Req() request: FastifyRequest, @Query() query: unknown): Promise<AuditLogBody> {
    const requester = await this.#access.requireAdmin(request);
    const { from, administrator, target, server_name, limit: asked } = readQuery(auditLogQuery, query);
    const limit = pageLimit(asked);
    const page = { before: from, administrator, target, serverName: server_name, limit };
    const entries = await this.#listAuditLog.execute(requester, page);
    const last = entries.at(-1);
    const isFull = entries.length === limit && last !== undefined;
    return { entries: entries.map(bodyOf), ...(isFull && { next: last.entryId }) };
  }
}

function bodyOf(entry: AuditEntry): AuditEntryBody {
  const { outcome } = entry;
  return {
    entry_id: entry.entryId,
    begun_at: entry.begunAt,
    administrator: entry.administrator,
    server_name: entry.serverName,
    scope: entry.scope,
    action: entry.action,
    target: entry.target,
    details: entry.details,
    address: entry.address,
    ...(outcome !== undefined && { status: outcome.httpStatus }),
    ...(outcome?.errcode !== undefined && { errcode: outcome.errcode }),
  };
}
