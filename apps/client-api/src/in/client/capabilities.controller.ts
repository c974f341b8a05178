import { Controller, Get, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { CapabilitiesResponse } from '@plexus/matrix-api';
import { DescribeCapabilities } from '../../accounts/describe-capabilities.ts';
import { Access } from '../access.ts';
import { CLIENT_V3 } from '../client-prefixes.ts';

@Controller(CLIENT_V3)
export class CapabilitiesController {
  readonly #access: Access;
  readonly #describeCapabilities: DescribeCapabilities;

  constructor(access: Access, describeCapabilities: DescribeCapabilities) {
    this.#access = access;
    this.#describeCapabilities = describeCapabilities;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3capabilities */
  @Get('capabilities')
  async capabilities(@Req() request: FastifyRequest): Promise<CapabilitiesResponse> {
    const requester = await this.#access.requireUserOrGuest(request, 'look-up');
    return { capabilities: this.#describeCapabilities.execute(requester) };
  }
}
