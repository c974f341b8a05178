import { Delete, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { deadLettersQuery, readQuery } from '@plexus/matrix-api';
import type { DeadLetterBody, DeadLettersBody } from '@plexus/matrix-api';
import { isRoomId, MatrixError } from '@plexus/matrix-base';
import type { DeadLetter } from '@plexus/storage';
import { ManageDeadLetters } from '../../dead-letters/manage-dead-letters.ts';
import type { DeadLetterPlace } from '../../dead-letters/manage-dead-letters.ts';
import { Access } from '../access.ts';
import { ADMIN_V1 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/** Inputs that failed deterministically and were set aside. */
@AdminController(`${ADMIN_V1}/dead_letters`)
export class DeadLettersController {
  readonly #access: Access;
  readonly #deadLetters: ManageDeadLetters;

  constructor(access: Access, deadLetters: ManageDeadLetters) {
    this.#access = access;
    this.#deadLetters = deadLetters;
  }

  @Get()
  async list(@Req() request: FastifyRequest, @Query() query: unknown): Promise<DeadLettersBody> {
    await this.#access.requireDeploymentAdmin(request);
    const { from, limit = DEFAULT_LIMIT } = readQuery(deadLettersQuery, query);
    const page = { limit: Math.min(limit, MAX_LIMIT), ...(from !== undefined && { after: placeOf(from) }) };
    const letters = await this.#deadLetters.list(page);
    const last = letters.at(-1);
    const isFull = letters.length === page.limit && last !== undefined;
    return { dead_letters: letters.map(bodyOf), ...(isFull && { next: idOf(last) }) };
  }

  @Post(':id/retry')
  @HttpCode(200)
  async retry(@Req() request: FastifyRequest, @Param('id') id: string): Promise<object> {
    await this.#access.requireDeploymentAdmin(request);
    await this.#deadLetters.retry(placeOf(id));
    return {};
  }

  @Delete(':id')
  async discard(@Req() request: FastifyRequest, @Param('id') id: string): Promise<object> {
    await this.#access.requireDeploymentAdmin(request);
    await this.#deadLetters.discard(placeOf(id));
    return {};
  }
}

function idOf({ shard, deadLetterNid }: DeadLetterPlace): string {
  return `${shard}-${deadLetterNid}`;
}

function placeOf(id: string): DeadLetterPlace {
  const [, shard, deadLetterNid] = /^([0-9]{1,5})-([0-9]{1,15})$/.exec(id) ?? [];
  if (shard === undefined) throw new MatrixError('M_INVALID_PARAM', 400, 'Not the id of a dead letter');
  return { shard: Number(shard), deadLetterNid: Number(deadLetterNid) };
}

function bodyOf(letter: DeadLetter): DeadLetterBody {
  return {
    dead_letter_id: idOf(letter),
    source: letter.source,
    error: letter.error,
    attempts: letter.attempts,
    set_aside_at: letter.setAsideAt,
    ...(isRoomId(letter.roomId) && { room_id: letter.roomId }),
    ...(letter.eventId !== undefined && { event_id: letter.eventId }),
    ...(letter.origin !== undefined && { origin: letter.origin }),
  };
}
