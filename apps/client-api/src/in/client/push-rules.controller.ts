import { Controller, Delete, Get, Param, Put, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import {
  pushRuleActionsRequest,
  pushRuleEnabledRequest,
  pushRulePlaceQuery,
  readBody,
  readQuery,
} from '@plexus/matrix-api';
import { isJsonObject, MatrixError } from '@plexus/matrix-base';
import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import { PUSH_RULE_KINDS } from '@plexus/room-dag';
import type { PushRule, PushRuleName, PushRuleset } from '@plexus/room-dag';
import { ChangePushRules } from '../../push-rules/change-push-rules.ts';
import { GetPushRules } from '../../push-rules/get-push-rules.ts';
import { Access } from '../access.ts';
import { CLIENT_V3 } from '../client-prefixes.ts';

interface RulePath {
  readonly kind: string;
  readonly ruleId: string;
}

const RULE = 'global/:kind/:ruleId';

/** The rules that notify a user (https://spec.matrix.org/v1.19/client-server-api/#push-rules-api). */
@Controller(CLIENT_V3.map((prefix) => `${prefix}/pushrules`))
export class PushRulesController {
  readonly #access: Access;
  readonly #get: GetPushRules;
  readonly #change: ChangePushRules;

  constructor(access: Access, get: GetPushRules, change: ChangePushRules) {
    this.#access = access;
    this.#get = get;
    this.#change = change;
  }

  @Get()
  async all(@Req() request: FastifyRequest): Promise<{ global: PushRuleset }> {
    return { global: await this.global(request) };
  }

  @Get('global')
  async global(@Req() request: FastifyRequest): Promise<PushRuleset> {
    return this.#get.all(await this.#access.requireUserOrGuest(request));
  }

  @Get(RULE)
  async one(@Req() request: FastifyRequest, @Param() path: RulePath): Promise<PushRule> {
    return this.#get.one(await this.#access.requireUserOrGuest(request), nameOf(path));
  }

  @Put(RULE)
  async put(@Req() request: FastifyRequest, @Param() path: RulePath, @Query() query: unknown): Promise<object> {
    const requester = await this.#access.requireUser(request, 'account-data');
    const place = readQuery(pushRulePlaceQuery, query);
    await this.#change.put(requester, nameOf(path), { body: objectOf(request), place });
    return {};
  }

  @Delete(RULE)
  async remove(@Req() request: FastifyRequest, @Param() path: RulePath): Promise<object> {
    await this.#change.remove(await this.#access.requireUser(request, 'account-data'), nameOf(path));
    return {};
  }

  @Get(`${RULE}/enabled`)
  async isEnabled(@Req() request: FastifyRequest, @Param() path: RulePath): Promise<{ enabled: boolean }> {
    const { enabled } = await this.one(request, path);
    return { enabled };
  }

  @Put(`${RULE}/enabled`)
  async enable(@Req() request: FastifyRequest, @Param() path: RulePath): Promise<object> {
    const requester = await this.#access.requireUser(request, 'account-data');
    const { enabled } = readBody(pushRuleEnabledRequest, request.body);
    await this.#change.enable(requester, nameOf(path), enabled);
    return {};
  }

  @Get(`${RULE}/actions`)
  async actions(@Req() request: FastifyRequest, @Param() path: RulePath): Promise<{ actions: readonly JsonValue[] }> {
    const { actions } = await this.one(request, path);
    return { actions };
  }

  @Put(`${RULE}/actions`)
  async setActions(@Req() request: FastifyRequest, @Param() path: RulePath): Promise<object> {
    const requester = await this.#access.requireUser(request, 'account-data');
    readBody(pushRuleActionsRequest, request.body);
    await this.#change.setActions(requester, nameOf(path), objectOf(request)['actions']);
    return {};
  }
}

function nameOf({ kind: text, ruleId }: RulePath): PushRuleName {
  const kind = PUSH_RULE_KINDS.find((each) => each === text);
  if (kind === undefined) throw new MatrixError('M_INVALID_PARAM', 400, 'No such kind of push rules');
  return { kind, ruleId };
}

function objectOf({ body }: FastifyRequest): JsonObject {
  if (body === undefined) throw new MatrixError('M_NOT_JSON', 400, 'The request has no JSON body');
  if (isJsonObject(body)) return body;
  throw new MatrixError('M_BAD_JSON', 400, 'A push rule is a JSON object');
}
