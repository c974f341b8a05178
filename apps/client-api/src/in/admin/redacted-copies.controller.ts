import { Get, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { readQuery, redactedCopiesQuery } from '@plexus/matrix-api';
import type { RedactedCopiesBody, RedactedCopyBody } from '@plexus/matrix-api';
import type { ListedCopy } from '@plexus/storage';
import { ListRedactedCopies } from '../../dead-letters/list-redacted-copies.ts';
import { Access } from '../access.ts';
import { ADMIN_V1 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';
import { readRows, refuseNul } from './pages.ts';

/** Events of other servers whose content did not match its hash, and has not come since. */
@AdminController(`${ADMIN_V1}/redacted_copies`)
export class RedactedCopiesController {
  readonly #access: Access;
  readonly #copies: ListRedactedCopies;

  constructor(access: Access, copies: ListRedactedCopies) {
    this.#access = access;
    this.#copies = copies;
  }

  @Get()
  async list(@Req() request: FastifyRequest, @Query() query: unknown): Promise<RedactedCopiesBody> {
    await this.#access.requireDeploymentAdmin(request);
    const { room_id: roomId, ...asked } = readQuery(redactedCopiesQuery, query);
    refuseNul(roomId);
    const { rows, ...next } = await readRows(asked, {
      read: (page) => this.#copies.execute({ ...page, roomId }),
      placeOf: ({ shard, eventNid }) => ({ shard, nid: eventNid }),
    });
    return { copies: rows.map(bodyOf), ...next };
  }
}

function bodyOf({ roomId, eventId, notedAt }: ListedCopy): RedactedCopyBody {
  return { room_id: roomId, event_id: eventId, noted_at: notedAt };
}
