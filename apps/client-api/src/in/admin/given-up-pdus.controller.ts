import { Get, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { givenUpPdusQuery, readQuery } from '@plexus/matrix-api';
import type { GivenUpPduBody, GivenUpPdusBody } from '@plexus/matrix-api';
import type { GivenUpPdu } from '@plexus/storage';
import { ListGivenUpPdus } from '../../dead-letters/list-given-up-pdus.ts';
import { Access } from '../access.ts';
import { ADMIN_V1 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';
import { readRows, refuseNul } from './pages.ts';

/** Events of other servers that waited for others which nobody has, and were given up. */
@AdminController(`${ADMIN_V1}/given_up_pdus`)
export class GivenUpPdusController {
  readonly #access: Access;
  readonly #pdus: ListGivenUpPdus;

  constructor(access: Access, pdus: ListGivenUpPdus) {
    this.#access = access;
    this.#pdus = pdus;
  }

  @Get()
  async list(@Req() request: FastifyRequest, @Query() query: unknown): Promise<GivenUpPdusBody> {
    await this.#access.requireDeploymentAdmin(request);
    const { room_id: roomId, origin, ...asked } = readQuery(givenUpPdusQuery, query);
    refuseNul(roomId, origin);
    const { rows, ...next } = await readRows(asked, {
      read: (page) => this.#pdus.execute({ ...page, roomId, origin }),
      placeOf: ({ shard, givenUpNid }) => ({ shard, nid: givenUpNid }),
    });
    return { pdus: rows.map(bodyOf), ...next };
  }
}

function bodyOf({ roomId, eventId, origin, because, givenUpAt }: GivenUpPdu): GivenUpPduBody {
  return { room_id: roomId, event_id: eventId, origin, because, given_up_at: givenUpAt };
}
