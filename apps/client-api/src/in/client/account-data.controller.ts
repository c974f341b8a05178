import { Controller, Get, Param, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { GetAccountData } from '../../account-data/get-account-data.ts';
import { StoreAccountData } from '../../account-data/store-account-data.ts';
import { Access } from '../access.ts';
import { CLIENT_V3 } from '../client-prefixes.ts';
import { sentContentOf } from '../sent-content.ts';

interface AccountDataPath {
  readonly userId: string;
  readonly roomId?: string;
  readonly type: string;
}

const OF_ACCOUNT = 'account_data/:type';
const OF_ROOM = 'rooms/:roomId/account_data/:type';

@Controller(CLIENT_V3.map((prefix) => `${prefix}/user/:userId`))
export class AccountDataController {
  readonly #access: Access;
  readonly #getAccountData: GetAccountData;
  readonly #storeAccountData: StoreAccountData;

  constructor(access: Access, getAccountData: GetAccountData, storeAccountData: StoreAccountData) {
    this.#access = access;
    this.#getAccountData = getAccountData;
    this.#storeAccountData = storeAccountData;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3useruseridaccount_datatype */
  @Get([OF_ACCOUNT, OF_ROOM])
  async get(@Req() request: FastifyRequest, @Param() { userId, roomId, type }: AccountDataPath): Promise<object> {
    return this.#getAccountData.execute(await this.#access.requireUser(request), userId, { roomId, type });
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3useruseridaccount_datatype */
  @Put([OF_ACCOUNT, OF_ROOM])
  async store(@Req() request: FastifyRequest, @Param() { userId, roomId, type }: AccountDataPath): Promise<object> {
    const requester = await this.#access.requireUser(request, 'account-data');
    await this.#storeAccountData.execute(requester, userId, { roomId, type, content: sentContentOf(request) });
    return {};
  }
}
