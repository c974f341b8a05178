import { Controller, Get, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { consentParameters, readQuery } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import { readLanguages } from '@plexus/policies';
import type { HostedServer } from '@plexus/storage';
import { AcceptPolicy } from '../pages/accept-policy.ts';
import type { ReaderLink } from '../pages/reader-link.ts';
import { ShowPolicy } from '../pages/show-policy.ts';
import { renderErrorPage, renderPolicyPage, renderSuccessPage } from '../render/render-pages.ts';
import type { RenderedPage } from '../render/render-pages.ts';
import { ConsentTelemetry } from '../telemetry.ts';
import { RequestedServer } from './requested-server.ts';

/** The page on which users read policies and agree to them, compatible with Synapse's. It is for browsers: it works without scripts. */
@Controller('_matrix/consent')
export class ConsentController {
  readonly #showPolicy: ShowPolicy;
  readonly #acceptPolicy: AcceptPolicy;
  readonly #requestedServer: RequestedServer;
  readonly #telemetry: ConsentTelemetry;

  constructor(
    showPolicy: ShowPolicy,
    acceptPolicy: AcceptPolicy,
    requestedServer: RequestedServer,
    telemetry: ConsentTelemetry,
  ) {
    this.#showPolicy = showPolicy;
    this.#acceptPolicy = acceptPolicy;
    this.#requestedServer = requestedServer;
    this.#telemetry = telemetry;
  }

  @Get()
  show(
    @Req() request: FastifyRequest,
    @Query() query: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    return this.#answer(request, reply, async (server, languages) => {
      const view = await this.#showPolicy.execute(linkOf(readQuery(consentParameters, query)), server, languages);
      this.#telemetry.shown(view.reader === undefined ? 'public' : 'user');
      return renderPolicyPage(view);
    });
  }

  /** What is in the form goes before what is in the query. */
  @Post()
  @HttpCode(200)
  @RouteConfig({ body: 'form' })
  accept(
    @Req() request: FastifyRequest,
    @Query() query: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    return this.#answer(request, reply, async (server, languages) => {
      const sent = { ...readQuery(consentParameters, query), ...readQuery(consentParameters, request.body) };
      const address = request.clientAddress;
      const view = await this.#acceptPolicy.execute(linkOf(sent), server, { languages, address });
      this.#telemetry.accepted(view.outcome);
      return renderSuccessPage(view);
    });
  }

  async #answer(
    request: FastifyRequest,
    reply: FastifyReply,
    work: (server: HostedServer, languages: readonly string[]) => Promise<RenderedPage>,
  ): Promise<string> {
    const languages = readLanguages(request.headers['accept-language']);
    reply.header('Cache-Control', 'no-store');
    try {
      return send(reply, await work(this.#requestedServer.get(request), languages));
    } catch (error) {
      if (!(error instanceof MatrixError)) throw error;
      this.#telemetry.refused(error.httpStatus);
      if (!wantsMarkup(request)) throw error;
      reply.code(error.httpStatus);
      return send(reply, renderErrorPage(error, languages));
    }
  }
}

function send(reply: FastifyReply, { markup, contentSecurityPolicy }: RenderedPage): string {
  reply.headers({
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': contentSecurityPolicy,
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    Vary: 'Accept-Language, Accept',
  });
  return markup;
}

/** Programs get the specification's error body. */
function wantsMarkup({ headers }: FastifyRequest): boolean {
  return headers.accept?.includes('text/html') === true;
}

/** An empty parameter is none: a form without it sends it so. */
function linkOf(parameters: ReaderLink): ReaderLink {
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== ''));
}
