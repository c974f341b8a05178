import { Body, Controller, Get, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import {
  directoryQuery,
  federatedHierarchyQuery,
  federatedPublicRoomsQuery,
  profileQuery,
  publicRoomsRequest,
  readBody,
  readQuery,
} from '@plexus/matrix-api';
import type { PublicRoomsResponse } from '@plexus/matrix-api';
import type { JsonObject } from '@plexus/matrix-base';
import type { Parties } from '../authentication/parties.ts';
import { GetHierarchy } from '../directory/get-hierarchy.ts';
import type { HierarchyAnswer } from '../directory/get-hierarchy.ts';
import { ListPublicRooms } from '../directory/list-public-rooms.ts';
import { QueryAlias } from '../directory/query-alias.ts';
import type { AliasAnswer } from '../directory/query-alias.ts';
import { QueryProfile } from '../directory/query-profile.ts';
import { Between } from './parties.ts';
import { XMatrixGuard } from './x-matrix.guard.ts';

@Controller('_matrix/federation/v1')
@UseGuards(XMatrixGuard)
export class DirectoryController {
  readonly #queryProfile: QueryProfile;
  readonly #queryAlias: QueryAlias;
  readonly #listPublicRooms: ListPublicRooms;
  readonly #getHierarchy: GetHierarchy;

  constructor(
    queryProfile: QueryProfile,
    queryAlias: QueryAlias,
    listPublicRooms: ListPublicRooms,
    getHierarchy: GetHierarchy,
  ) {
    this.#queryProfile = queryProfile;
    this.#queryAlias = queryAlias;
    this.#listPublicRooms = listPublicRooms;
    this.#getHierarchy = getHierarchy;
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1queryprofile */
  @Get('query/profile')
  profile(@Between() parties: Parties, @Query() query: unknown): Promise<JsonObject> {
    const { user_id: userId, field } = readQuery(profileQuery, query);
    return this.#queryProfile.execute(parties, userId, field);
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1querydirectory */
  @Get('query/directory')
  directory(@Between() parties: Parties, @Query() query: unknown): Promise<AliasAnswer> {
    return this.#queryAlias.execute(parties, readQuery(directoryQuery, query).room_alias);
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1publicrooms */
  @Get('publicRooms')
  publicRooms(@Between() parties: Parties, @Query() query: unknown): Promise<PublicRoomsResponse> {
    return this.#listPublicRooms.execute(parties, readQuery(federatedPublicRoomsQuery, query));
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#post_matrixfederationv1publicrooms */
  @Post('publicRooms')
  @HttpCode(200)
  searchPublicRooms(@Between() parties: Parties, @Body() body: unknown): Promise<PublicRoomsResponse> {
    return this.#listPublicRooms.execute(parties, readBody(publicRoomsRequest, body, { emptyBody: 'object' }));
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1hierarchyroomid */
  @Get('hierarchy/:roomId')
  hierarchy(
    @Between() parties: Parties,
    @Param('roomId') roomId: string,
    @Query() query: unknown,
  ): Promise<HierarchyAnswer> {
    const { suggested_only: suggestedOnly = false } = readQuery(federatedHierarchyQuery, query);
    return this.#getHierarchy.execute(parties, roomId, suggestedOnly);
  }
}
