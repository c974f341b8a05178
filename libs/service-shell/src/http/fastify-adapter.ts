import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isRoomId, MatrixError } from '@plexus/matrix-base';
import { runInContext } from '../logging/request-context.ts';
import type { LogContext } from '../logging/request-context.ts';
import { beginRequestSpan } from '../tracing/request-span.ts';
import { findApi } from './apis.ts';
import { findClientAddress } from './client-address.ts';
import { corsHeaders } from './cors.ts';
import { listenerRequest } from './listener.ts';
import type { RequestLabels } from './listener.ts';
import { parseBody } from './parse-body.ts';
import type { RouteTable } from './route-table.ts';
import './request-fields.ts';

export interface HttpAdapter {
  readonly adapter: FastifyAdapter;
  /** What the listeners feed their requests into, once Nest is initialized. */
  readonly handle: RequestListener;
}

interface AdapterOptions {
  readonly routes: RouteTable;
  readonly newRequestId: () => string;
  /** Aborted when the service has begun to stop. */
  readonly draining: AbortSignal;
  /** Called when the route of a request is known. */
  readonly started: (labels: RequestLabels) => void;
}

const OTHER_METHOD = 'other';
const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', OTHER_METHOD]);

/** One Fastify for all listeners. It never listens itself: `handle` is given to the servers of the listeners. */
export function createHttpAdapter(options: AdapterOptions): HttpAdapter {
  let handle: RequestListener | undefined;
  const adapter = new FastifyAdapter({
    logger: false,
    skipMiddie: true,
    genReqId: (raw: IncomingMessage) => requestIdOf(raw, options.newRequestId),
    // A state key that is empty leaves a slash behind: `/state/m.room.topic/`.
    routerOptions: { maxParamLength: 65_536, ignoreTrailingSlash: true },
    frameworkErrors: answerBadUrl,
    serverFactory: (handler: RequestListener) => {
      handle = handler;
      return createServer();
    },
  });
  addHooks(adapter.getInstance<FastifyInstance>(), options);
  if (handle === undefined) throw new Error('Fastify gave no request handler');
  return { adapter, handle };
}

function addHooks(fastify: FastifyInstance, { routes, draining, started }: AdapterOptions): void {
  fastify.decorateRequest('clientAddress', '');
  fastify.decorateRequest('rawBody', undefined);
  fastify.decorateRequest('exactBody', undefined);
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', parseBody);
  fastify.addHook('onRoute', (route) => {
    routes.add(route.url, [route.method].flat());
    const api = findApi(route.url);
    route.config = { servlet: route.url, ...route.config, ...(api !== undefined && { api }) };
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.headers(corsHeaders);
    if (draining.aborted) reply.header('Connection', 'close');
    started(identify(request));
    if (request.method === 'OPTIONS') reply.code(204).send();
    else done(refuse(request));
  });
  // The context is entered here and not earlier: reading the body loses it.
  fastify.addHook('preValidation', (request, _reply, done) => runInContext(contextOf(request), done));
}

/** What log lines of the request carry; kept for the line about the request itself. */
function contextOf(request: FastifyRequest): LogContext {
  const raw = listenerRequest(request.raw);
  const trace = beginRequestSpan(raw);
  const context: LogContext = { request_id: request.id, ...(trace !== undefined && { trace }) };
  const { params } = request;
  if (hasRoom(params)) context.room_id = params.roomId;
  raw.context = context;
  return context;
}

function hasRoom(params: unknown): params is { readonly roomId: string } {
  if (typeof params !== 'object' || params === null || !('roomId' in params)) return false;
  return typeof params.roomId === 'string' && isRoomId(params.roomId);
}

function identify(request: FastifyRequest): RequestLabels {
  const raw = listenerRequest(request.raw);
  const forwarded = raw.headers['x-forwarded-for'];
  const forwardedFor = Array.isArray(forwarded) ? forwarded.join(',') : forwarded;
  request.clientAddress = findClientAddress(raw.socket.remoteAddress ?? '', forwardedFor, raw.listener.isTrustedProxy);
  raw.clientAddress = request.clientAddress;
  raw.requestId = request.id;
  raw.labels = labelsOf(request.routeOptions.config.servlet ?? 'unknown', request.method);
  return raw.labels;
}

const allLabels = new Map<string, Map<string, RequestLabels>>();

/** The same object for the same route and method, so that nothing has to be compared or hashed. */
function labelsOf(servlet: string, method: string): RequestLabels {
  const ofServlet = allLabels.get(servlet) ?? new Map<string, RequestLabels>();
  allLabels.set(servlet, ofServlet);
  const known = ofServlet.get(method);
  if (known !== undefined) return known;
  if (!knownMethods.has(method)) return labelsOf(servlet, OTHER_METHOD);
  const labels = { method, servlet };
  ofServlet.set(method, labels);
  return labels;
}

/** Refuses what no endpoint should see, and makes the body JSON whatever its type is called. */
function refuse(request: FastifyRequest): MatrixError | undefined {
  const raw = listenerRequest(request.raw);
  const api = request.is404 ? findApi(request.url) : request.routeOptions.config.api;
  if (api === undefined || !raw.listener.apis.has(api)) {
    return new MatrixError('M_UNRECOGNIZED', 404, 'Unrecognized request');
  }
  if (request.url.includes('%00')) {
    return new MatrixError('M_INVALID_PARAM', 400, 'The request URL has a zero byte in it');
  }
  const takesJson = (request.routeOptions.config.body ?? 'json') === 'json';
  if (takesJson && raw.headers['content-type'] !== undefined) raw.headers['content-type'] = 'application/json';
  return undefined;
}

function requestIdOf(raw: IncomingMessage, newRequestId: () => string): string {
  const { listener, headers, socket } = listenerRequest(raw);
  const given = headers['x-request-id'];
  if (given === undefined || !listener.takesRequestId || typeof given !== 'string') return newRequestId();
  const isSane = /^[A-Za-z0-9._-]{1,64}$/.test(given);
  return isSane && listener.isTrustedProxy(socket.remoteAddress ?? '') ? given : newRequestId();
}

/** The router refuses paths that are not percent-encoded UTF-8 before any hook runs. */
function answerBadUrl(_error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  const error = new MatrixError('M_INVALID_PARAM', 400, 'The request URL is not percent-encoded UTF-8');
  reply.code(error.httpStatus).headers(corsHeaders).send(error.toBody());
}
