import { Delete, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { deadLettersQuery, readQuery } from '@plexus/matrix-api';
import type { DeadLetterBody, DeadLettersBody } from '@plexus/matrix-api';
import { isRoomId } from '@plexus/matrix-base';
import type { DeadLetter, RowPlace } from '@plexus/storage';
import { ManageDeadLetters } from '../../dead-letters/manage-dead-letters.ts';
import { Access } from '../access.ts';
import { ADMIN_V1 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';
import { readPlace, readRows, writePlace } from './pages.ts';

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
    const { rows, ...next } = await readRows(readQuery(deadLettersQuery, query), {
      read: (page) => this.#deadLetters.list(page),
      placeOf,
    });
    return { dead_letters: rows.map(bodyOf), ...next };
  }

  @Post(':id/retry')
  @HttpCode(200)
  async retry(@Req() request: FastifyRequest, @Param('id') id: string): Promise<object> {
    await this.#access.requireDeploymentAdmin(request);
    await this.#deadLetters.retry(placeIn(id));
    return {};
  }

  @Delete(':id')
  async discard(@Req() request: FastifyRequest, @Param('id') id: string): Promise<object> {
    await this.#access.requireDeploymentAdmin(request);
    await this.#deadLetters.discard(placeIn(id));
    return {};
  }
}

function placeOf({ shard, deadLetterNid }: DeadLetter): RowPlace {
  return { shard, nid: deadLetterNid };
}

function placeIn(id: string): RowPlace {
  return readPlace(id, 'Not the id of a dead letter');
}

function bodyOf(letter: DeadLetter): DeadLetterBody {
  return {
    dead_letter_id: writePlace(placeOf(letter)),
    source: letter.source,
    error: letter.error,
    attempts: letter.attempts,
    set_aside_at: letter.setAsideAt,
    ...(isRoomId(letter.roomId) && { room_id: letter.roomId }),
    ...(letter.eventId !== undefined && { event_id: letter.eventId }),
    ...(letter.origin !== undefined && { origin: letter.origin }),
  };
}
