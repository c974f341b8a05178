import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { findAccessToken } from '@plexus/service-shell';
import type { Requester } from '@plexus/service-shell';
import { Access } from './access.ts';
import { AddressLimits } from './address-limits.ts';

/** Who asks for what everybody may look at. */
@Injectable()
export class Visitors {
  readonly #access: Access;
  readonly #addressLimits: AddressLimits;

  constructor(access: Access, addressLimits: AddressLimits) {
    this.#access = access;
    this.#addressLimits = addressLimits;
  }

  /** Nothing where nobody says who they are: that may be done from one address so often, since other servers may have to be asked for it. */
  async findUser(request: FastifyRequest): Promise<Requester | undefined> {
    if (findAccessToken(request) !== undefined) return this.#access.requireUserOrGuest(request);
    await this.#addressLimits.requireWithin(request, 'look-up');
    return undefined;
  }
}
