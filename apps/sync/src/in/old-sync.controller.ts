import { Controller, Get, Header, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { eventsQuery, initialSyncQuery, readQuery } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import { Authenticator, requireWithinUsageLimit } from '@plexus/service-shell';
import { SyncTokens } from '../answer/sync-tokens.ts';
import { AnswerEvents } from '../events/answer-events.ts';
import { AnswerInitialSync } from '../initial-sync/answer-initial-sync.ts';
import type { InitialSyncBody } from '../initial-sync/initial-sync-body.ts';
import { endOf } from './end-of.ts';
import { readToken } from './read-token.ts';
import { MAX_TIMEOUT_MS } from './sync.controller.ts';

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_LIMIT = 10;

/** From which `/sync` came, and which the specification still has. */
@Controller(['_matrix/client/v3', '_matrix/client/r0'])
export class OldSyncController {
  readonly #authenticator: Authenticator;
  readonly #answerEvents: AnswerEvents;
  readonly #answerInitialSync: AnswerInitialSync;
  readonly #tokens: SyncTokens;

  constructor(
    authenticator: Authenticator,
    answerEvents: AnswerEvents,
    answerInitialSync: AnswerInitialSync,
    tokens: SyncTokens,
  ) {
    this.#authenticator = authenticator;
    this.#tokens = tokens;
    this.#answerEvents = answerEvents;
    this.#answerInitialSync = answerInitialSync;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3events */
  @Get('events')
  @Header('Content-Type', 'application/json')
  async events(
    @Req() request: FastifyRequest,
    @Query() query: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const requester = await this.#authenticator.authenticate(request);
    requireWithinUsageLimit(requester);
    const { userId, deviceId, isShadowBanned } = requester;
    const { from, timeout = DEFAULT_TIMEOUT_MS, room_id: roomId } = readQuery(eventsQuery, query);
    return this.#answerEvents.execute({
      userId,
      deviceId,
      setPresence: isShadowBanned === true ? 'offline' : 'online',
      from: from === undefined ? undefined : readToken(this.#tokens, from, 'from'),
      timeout: Math.min(timeout, MAX_TIMEOUT_MS),
      roomId,
      end: endOf(reply),
    });
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3initialsync */
  @Get('initialSync')
  async initialSync(
    @Req() request: FastifyRequest,
    @Query() query: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InitialSyncBody> {
    const requester = await this.#authenticator.authenticate(request);
    const { userId, deviceId, serverName, isGuest } = requester;
    if (isGuest) throw new MatrixError('M_GUEST_ACCESS_FORBIDDEN', 403, 'Guests cannot use this endpoint');
    requireWithinUsageLimit(requester);
    const { limit = DEFAULT_LIMIT, archived = false } = readQuery(initialSyncQuery, query);
    return this.#answerInitialSync.execute({ userId, deviceId, serverName, limit, archived, end: endOf(reply) });
  }
}
