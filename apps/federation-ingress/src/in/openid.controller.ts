import { Controller, Get, Query } from '@nestjs/common';
import { openIdQuery, readQuery } from '@plexus/matrix-api';
import { FindOpenIdUser } from '../directory/find-openid-user.ts';

/** Asked by third parties that are no homeservers: nobody signs. */
@Controller('_matrix/federation/v1/openid')
export class OpenIdController {
  readonly #findUser: FindOpenIdUser;

  constructor(findUser: FindOpenIdUser) {
    this.#findUser = findUser;
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1openiduserinfo */
  @Get('userinfo')
  userInfo(@Query() query: unknown): Promise<{ sub: string }> {
    return this.#findUser.execute(readQuery(openIdQuery, query).access_token);
  }
}
