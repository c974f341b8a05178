import { Body, Controller, Get, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { federatedClaimRequest, federatedKeysRequest, readBody } from '@plexus/matrix-api';
import type { Parties } from '../authentication/parties.ts';
import { ClaimKeys } from '../devices/claim-keys.ts';
import { ListDevices } from '../devices/list-devices.ts';
import type { DevicesAnswer } from '../devices/list-devices.ts';
import { QueryKeys } from '../devices/query-keys.ts';
import type { QueriedKeys } from '../devices/query-keys.ts';
import { Between } from './parties.ts';
import { XMatrixGuard } from './x-matrix.guard.ts';

@Controller('_matrix/federation/v1/user')
@UseGuards(XMatrixGuard)
export class DevicesController {
  readonly #listDevices: ListDevices;
  readonly #queryKeys: QueryKeys;
  readonly #claimKeys: ClaimKeys;

  constructor(listDevices: ListDevices, queryKeys: QueryKeys, claimKeys: ClaimKeys) {
    this.#listDevices = listDevices;
    this.#queryKeys = queryKeys;
    this.#claimKeys = claimKeys;
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1userdevicesuserid */
  @Get('devices/:userId')
  devices(@Between() parties: Parties, @Param('userId') userId: string): Promise<DevicesAnswer> {
    return this.#listDevices.execute(parties, userId);
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#post_matrixfederationv1userkeysquery */
  @Post('keys/query')
  @HttpCode(200)
  query(@Between() parties: Parties, @Body() body: unknown): Promise<QueriedKeys> {
    return this.#queryKeys.execute(parties, readBody(federatedKeysRequest, body).device_keys);
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#post_matrixfederationv1userkeysclaim */
  @Post('keys/claim')
  @HttpCode(200)
  claim(@Between() parties: Parties, @Body() body: unknown): Promise<object> {
    return this.#claimKeys.execute(parties, readBody(federatedClaimRequest, body).one_time_keys);
  }
}
