import { Get, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { givenUpPdusQuery, readQuery } from '@plexus/matrix-api';
import type { GivenUpPduBody, GivenUpPdusBody } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import type { GivenUpPdu } from '@plexus/storage';
import { ListGivenUpPdus } from '../../dead-letters/list-given-up-pdus.ts';
import { Access } from '../access.ts';
import { ADMIN_V1 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

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
    const { from, limit = DEFAULT_LIMIT, room_id: roomId, origin } = readQuery(givenUpPdusQuery, query);
    if ([roomId, origin].some((text) => text?.includes('\0') === true))
      throw new MatrixError('M_INVALID_PARAM', 400, 'A parameter holds a NUL');
    const page = { limit: Math.min(limit, MAX_LIMIT), ...(from !== undefined && { after: placeOf(from) }) };
    const pdus = await this.#pdus.execute({
      ...page,
      ...(roomId !== undefined && { roomId }),
      ...(origin !== undefined && { origin }),
    });
    const last = pdus.at(-1);
    const isFull = pdus.length === page.limit && last !== undefined;
    return { pdus: pdus.map(bodyOf), ...(isFull && { next: `${last.shard}-${last.givenUpNid}` }) };
  }
}

function placeOf(from: string): Pick<GivenUpPdu, 'shard' | 'givenUpNid'> {
  const [, shard, givenUpNid] = /^([0-9]{1,5})-([0-9]{1,15})$/.exec(from) ?? [];
  if (shard === undefined) throw new MatrixError('M_INVALID_PARAM', 400, '"from" is not from an answer before');
  return { shard: Number(shard), givenUpNid: Number(givenUpNid) };
}

function bodyOf({ roomId, eventId, origin, because, givenUpAt }: GivenUpPdu): GivenUpPduBody {
  return { room_id: roomId, event_id: eventId, origin, because, given_up_at: givenUpAt };
}
