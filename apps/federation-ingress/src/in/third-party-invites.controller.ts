import { Controller, Param, Put, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { exchangeInviteRequest, readBody } from '@plexus/matrix-api';
import type { Parties } from '../authentication/parties.ts';
import { ExchangeInvite } from '../membership/exchange-invite.ts';
import { Between } from './parties.ts';
import { XMatrixGuard } from './x-matrix.guard.ts';

@Controller('_matrix/federation/v1')
@UseGuards(XMatrixGuard)
export class ThirdPartyInvitesController {
  readonly #exchange: ExchangeInvite;

  constructor(exchange: ExchangeInvite) {
    this.#exchange = exchange;
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv1exchange_third_party_inviteroomid */
  @Put('exchange_third_party_invite/:roomId')
  async exchangeInvite(
    @Between() parties: Parties,
    @Param('roomId') roomId: string,
    @Req() { exactBody }: FastifyRequest,
  ): Promise<object> {
    await this.#exchange.execute(parties, roomId, readBody(exchangeInviteRequest, exactBody));
    return {};
  }
}
