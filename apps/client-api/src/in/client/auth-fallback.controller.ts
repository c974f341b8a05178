import { Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { authFallbackQuery, authFallbackRequest, readBody, readQuery } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import { RegisterUser } from '../../accounts/register-user.ts';
import { TERMS } from '../../authentication/auth-stage.ts';
import { InteractiveAuth } from '../../authentication/interactive-auth.ts';
import { RegistrationTerms } from '../../consent/registration-terms.ts';
import { CLIENT_V3 } from '../client-prefixes.ts';
import { sendPage } from '../html-page.ts';
import type { HtmlPage } from '../html-page.ts';
import { RequestedServer } from '../requested-server.ts';
import { buildTermsPage, findFallbackPage } from './auth-fallback-pages.ts';

/** Pages for clients that do not know a stage (https://spec.matrix.org/v1.19/client-server-api/#fallback). */
@Controller(CLIENT_V3)
export class AuthFallbackController {
  readonly #interactiveAuth: InteractiveAuth;
  readonly #terms: RegistrationTerms;
  readonly #requestedServer: RequestedServer;
  readonly #registerUser: RegisterUser;

  constructor(
    interactiveAuth: InteractiveAuth,
    terms: RegistrationTerms,
    requestedServer: RequestedServer,
    registerUser: RegisterUser,
  ) {
    this.#interactiveAuth = interactiveAuth;
    this.#registerUser = registerUser;
    this.#terms = terms;
    this.#requestedServer = requestedServer;
  }

  @Get('auth/:authType/fallback/web')
  page(
    @Req() request: FastifyRequest,
    @Param('authType') authType: string,
    @Query() query: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): string {
    readQuery(authFallbackQuery, query);
    const page = authType === TERMS ? this.#termsPage(request) : findFallbackPage(authType);
    if (page === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'There is no page for this stage');
    return sendPage(reply, page);
  }

  #termsPage(request: FastifyRequest): HtmlPage {
    return buildTermsPage(this.#terms.linksOf(this.#requestedServer.get(request).serverName));
  }

  /** What the page sends: a stage's data without its type and session. */
  @Post('auth/:authType/fallback/web')
  @HttpCode(200)
  async complete(
    @Req() request: FastifyRequest,
    @Param('authType') authType: string,
    @Query() query: unknown,
  ): Promise<object> {
    const { session } = readQuery(authFallbackQuery, query);
    const data = readBody(authFallbackRequest, request.body, { emptyBody: 'object' });
    const auth = { ...data, type: authType, session };
    await this.#interactiveAuth.completeStage(auth, request.clientAddress, this.#registerUser.staged);
    return {};
  }
}
