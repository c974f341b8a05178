import { HttpException } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MatrixError } from '@plexus/matrix-base';
import { RemoteServerError } from '@plexus/remote-servers';
import { StorageError } from '@plexus/storage';
import { TopicError } from '@plexus/topics';
import type { Logger } from '../logging/logger.ts';
import { errorForStatus } from './error-for-status.ts';
import type { RouteTable } from './route-table.ts';

/** Turns everything that is thrown into the specification's error body; what nobody foresaw is logged once, with its stack. */
export class MatrixErrorFilter implements ExceptionFilter {
  readonly #logger: Logger;
  readonly #routes: RouteTable;

  constructor(logger: Logger, routes: RouteTable) {
    this.#logger = logger;
    this.#routes = routes;
  }

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    if (reply.sent || reply.raw.headersSent) {
      this.#logger.error('A request failed after its response had begun', this.#describe(exception, request));
      reply.raw.destroy();
      return;
    }
    const error = this.#toMatrixError(exception, request);
    if (error.httpStatus === 405) reply.header('Allow', this.#routes.methodsOf(pathOf(request)).join(', '));
    if (error.httpStatus === 413) reply.header('Connection', 'close');
    const { retry_after_ms: retryAfterMs } = error.extra;
    if (typeof retryAfterMs === 'number') reply.header('Retry-After', String(Math.ceil(retryAfterMs / 1000)));
    reply.code(error.httpStatus).header('Content-Type', 'application/json; charset=utf-8').send(error.toBody());
  }

  #toMatrixError(exception: unknown, request: FastifyRequest): MatrixError {
    if (exception instanceof MatrixError) return exception;
    const status = statusOf(exception);
    if (status === 404) return this.#unrecognized(request);
    if (status !== undefined && status < 500) return errorForStatus(status);
    if (isOfInfrastructure(exception)) return this.#unavailable(exception, request);
    this.#logger.error('A request failed', this.#describe(exception, request));
    return new MatrixError('M_UNKNOWN', 500, `Internal server error (request ${request.id})`);
  }

  /** A failure of infrastructure passes: the client may ask again, with the same transaction id where it has one. */
  #unavailable(error: Error, request: FastifyRequest): MatrixError {
    this.#logger.warn('A request found no database, no topic or no federation-sender', this.#describe(error, request));
    return new MatrixError('M_UNKNOWN', 503, `Temporarily unavailable (request ${request.id})`);
  }

  #unrecognized(request: FastifyRequest): MatrixError {
    const known = request.is404 && this.#routes.methodsOf(pathOf(request)).length > 0;
    if (!known) return new MatrixError('M_UNRECOGNIZED', 404, 'Unrecognized request');
    return new MatrixError('M_UNRECOGNIZED', 405, `This endpoint does not support ${request.method}`);
  }

  #describe(exception: unknown, request: FastifyRequest): Record<string, unknown> {
    return { request_id: request.id, method: request.method, url: request.url, err: exception };
  }
}

function isOfInfrastructure(exception: unknown): exception is Error {
  return exception instanceof StorageError || exception instanceof TopicError || exception instanceof RemoteServerError;
}

function statusOf(exception: unknown): number | undefined {
  if (exception instanceof HttpException) return exception.getStatus();
  if (exception instanceof Error && 'statusCode' in exception && exception.name === 'FastifyError') {
    return Number(exception.statusCode);
  }
  return undefined;
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '';
}
