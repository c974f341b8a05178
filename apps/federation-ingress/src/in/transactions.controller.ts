import { Controller, Header, Param, Put, Req, UseGuards } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { incomingTransaction, readBody } from '@plexus/matrix-api';
import type { Parties } from '../authentication/parties.ts';
import { ReceiveTransaction } from '../transactions/receive-transaction.ts';
import { FederationTelemetry } from '../telemetry.ts';
import { Between } from './parties.ts';
import { XMatrixGuard } from './x-matrix.guard.ts';

/** 50 PDUs and 100 EDUs of 64 KiB each, and what is around them. */
const MAX_BODY_BYTES = 12 * 1024 * 1024;

@Controller('_matrix/federation/v1/send')
@UseGuards(XMatrixGuard)
export class TransactionsController {
  readonly #receiveTransaction: ReceiveTransaction;
  readonly #telemetry: FederationTelemetry;

  constructor(receiveTransaction: ReceiveTransaction, telemetry: FederationTelemetry) {
    this.#receiveTransaction = receiveTransaction;
    this.#telemetry = telemetry;
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv1sendtxnid */
  @Put(':transactionId')
  @RouteConfig({ maxBodyBytes: MAX_BODY_BYTES })
  @Header('Content-Type', 'application/json')
  async send(
    @Between() parties: Parties,
    @Param('transactionId') transactionId: string,
    @Req() request: FastifyRequest,
  ): Promise<string> {
    const received = this.#telemetry.receivingTransaction();
    try {
      const transaction = readBody(incomingTransaction, request.exactBody);
      const bytes = request.rawBody?.length ?? 0;
      return await this.#receiveTransaction.execute(parties, { transactionId, bytes }, transaction);
    } finally {
      received();
    }
  }
}
