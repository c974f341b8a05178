import { Controller, Get, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { CapabilitiesResponse } from '@plexus/matrix-api';
import { DEFAULT_ROOM_VERSION, ROOM_VERSIONS } from '@plexus/room-dag';
import { Access } from '../access.ts';
import { CLIENT_V3 } from '../client-prefixes.ts';

const NOT_YET = { enabled: false };

/** What clients may offer to their users. A capability that is left out counts as enabled, so those whose endpoints are missing are named. */
const CAPABILITIES: CapabilitiesResponse['capabilities'] = {
  'm.room_versions': {
    default: DEFAULT_ROOM_VERSION,
    available: Object.fromEntries(ROOM_VERSIONS.map((version) => [version, 'stable'])),
  },
  'm.change_password': NOT_YET,
  'm.set_displayname': NOT_YET,
  'm.set_avatar_url': NOT_YET,
  'm.profile_fields': NOT_YET,
  'm.3pid_changes': NOT_YET,
  'm.get_login_token': NOT_YET,
};

@Controller(CLIENT_V3)
export class CapabilitiesController {
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3capabilities */
  @Get('capabilities')
  async capabilities(@Req() request: FastifyRequest): Promise<CapabilitiesResponse> {
    await this.#access.requireUserOrGuest(request);
    return { capabilities: CAPABILITIES };
  }
}
