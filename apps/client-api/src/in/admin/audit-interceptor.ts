import { Injectable } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MatrixError } from '@plexus/matrix-base';
import type { AuditOutcome } from '@plexus/storage';
import { catchError, mergeMap } from 'rxjs';
import type { Observable } from 'rxjs';
import { RecordAction } from '../../audit/record-action.ts';

/** Completes the audit entry of a request; `Access` has begun it, once it knew who asks. */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  readonly #recordAction: RecordAction;

  constructor(recordAction: RecordAction) {
    this.#recordAction = recordAction;
  }

  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const done = async (body: unknown): Promise<unknown> => {
      const { statusCode: httpStatus } = http.getResponse<FastifyReply>();
      await this.#recordAction.finish(request, { httpStatus, errcode: undefined });
      return body;
    };
    const failed = async (error: unknown): Promise<never> => {
      await this.#recordAction.finish(request, outcomeOf(error));
      throw error;
    };
    // Before the answer's own recording, whose failure is none of the action.
    return next.handle().pipe(catchError(failed), mergeMap(done));
  }
}

function outcomeOf(error: unknown): AuditOutcome {
  if (error instanceof MatrixError) return { httpStatus: error.httpStatus, errcode: error.errcode };
  return { httpStatus: 500, errcode: 'M_UNKNOWN' };
}
