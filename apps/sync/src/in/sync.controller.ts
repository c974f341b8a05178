import { Controller, Get, Header, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { readQuery, syncQuery } from '@plexus/matrix-api';
import type { SyncQuery } from '@plexus/matrix-api';
import { Authenticator, requireWithinUsageLimit } from '@plexus/service-shell';
import { SyncAnswerer } from '../answer/answer-sync.ts';
import { FindFilter } from '../answer/find-filter.ts';
import { SyncTokens } from '../answer/sync-tokens.ts';
import { endOf } from './end-of.ts';
import { readToken } from './read-token.ts';
import { SyncTelemetry } from '../telemetry.ts';

/** No request waits longer, whatever it asks for: proxies would have cut it off. */
export const MAX_TIMEOUT_MS = 10 * 60_000;

@Controller(['_matrix/client/v3/sync', '_matrix/client/r0/sync'])
export class SyncController {
  readonly #authenticator: Authenticator;
  readonly #findFilter: FindFilter;
  readonly #answerer: SyncAnswerer;
  readonly #tokens: SyncTokens;
  readonly #telemetry: SyncTelemetry;

  constructor(
    authenticator: Authenticator,
    findFilter: FindFilter,
    answerer: SyncAnswerer,
    tokens: SyncTokens,
    telemetry: SyncTelemetry,
  ) {
    this.#authenticator = authenticator;
    this.#tokens = tokens;
    this.#findFilter = findFilter;
    this.#answerer = answerer;
    this.#telemetry = telemetry;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3sync */
  @Get()
  @Header('Content-Type', 'application/json')
  async sync(
    @Req() request: FastifyRequest,
    @Query() query: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const requester = await this.#authenticator.authenticate(request);
    requireWithinUsageLimit(requester);
    const { userId, deviceId, isShadowBanned } = requester;
    const asked = readQuery(syncQuery, query);
    const { filter, since, full_state, timeout, use_state_after, set_presence } = asked;
    const answered = this.#telemetry.answering();
    const answer = await this.#answerer.answer({
      userId,
      deviceId,
      since: since === undefined || since === '' ? undefined : readToken(this.#tokens, since, 'since'),
      words: wordsOf(asked),
      filter: await this.#findFilter.execute(userId, filter),
      timeout: Math.min(timeout ?? 0, MAX_TIMEOUT_MS),
      fullState: full_state ?? false,
      useStateAfter: use_state_after ?? false,
      setPresence: isShadowBanned === true ? 'offline' : (set_presence ?? 'online'),
      end: endOf(reply),
    });
    answered(answer.kind);
    return answer.body;
  }
}

/** All but how long the client waits and how its user is. */
function wordsOf({ since, filter, full_state, use_state_after }: SyncQuery): string | undefined {
  if (since === undefined || since === '' || full_state === true) return undefined;
  return `${since} ${use_state_after ?? false} ${filter ?? ''}`;
}
