import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { readBody, userSearchRequest } from '@plexus/matrix-api';
import type { UserSearchResponse } from '@plexus/matrix-api';
import { SearchUsers } from '../../user-directory/search-users.ts';
import { Access } from '../access.ts';
import { CLIENT_V3 } from '../client-prefixes.ts';

@Controller(CLIENT_V3)
export class UserDirectoryController {
  readonly #access: Access;
  readonly #searchUsers: SearchUsers;

  constructor(access: Access, searchUsers: SearchUsers) {
    this.#access = access;
    this.#searchUsers = searchUsers;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3user_directorysearch */
  @Post('user_directory/search')
  @HttpCode(200)
  async search(@Req() request: FastifyRequest): Promise<UserSearchResponse> {
    const requester = await this.#access.requireUser(request, 'user-directory');
    return this.#searchUsers.execute(requester, readBody(userSearchRequest, request.body));
  }
}
