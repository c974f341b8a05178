import { Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { readBody, readMarkersRequest, receiptRequest } from '@plexus/matrix-api';
import type { ReceiptRequest } from '@plexus/matrix-api';
import { isEventId, MatrixError } from '@plexus/matrix-base';
import { SetReadMarkers } from '../../../ephemeral/set-read-markers.ts';
import { SetReceipts } from '../../../ephemeral/set-receipts.ts';
import { Access } from '../../access.ts';
import { CLIENT_V3_ROOM } from '../../client-prefixes.ts';

interface ReceiptPath {
  readonly roomId: string;
  readonly receiptType: string;
  readonly eventId: string;
}

@Controller(CLIENT_V3_ROOM)
export class ReceiptController {
  readonly #access: Access;
  readonly #setReceipts: SetReceipts;
  readonly #setReadMarkers: SetReadMarkers;

  constructor(access: Access, setReceipts: SetReceipts, setReadMarkers: SetReadMarkers) {
    this.#access = access;
    this.#setReceipts = setReceipts;
    this.#setReadMarkers = setReadMarkers;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidreceiptreceipttypeeventid */
  @Post('receipt/:receiptType/:eventId')
  @HttpCode(200)
  async postReceipt(@Req() request: FastifyRequest, @Param() path: ReceiptPath): Promise<object> {
    const requester = await this.#access.requireUser(request, 'receipt');
    const threadId = readThreadId(readBody(receiptRequest, request.body, { emptyBody: 'object' }));
    const { roomId, receiptType, eventId } = path;
    if (receiptType === 'm.fully_read') {
      if (threadId !== undefined) throw new MatrixError('M_INVALID_PARAM', 400, 'm.fully_read is of no thread');
      await this.#setReadMarkers.execute(requester, roomId, { fullyRead: eventId, receipts: [] });
    } else if (receiptType === 'm.read' || receiptType === 'm.read.private') {
      await this.#setReceipts.execute(requester, roomId, [{ receiptType, eventId, threadId }]);
    } else throw new MatrixError('M_INVALID_PARAM', 400, 'Unknown type of receipt');
    return {};
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidread_markers */
  @Post('read_markers')
  @HttpCode(200)
  async setReadMarker(@Req() request: FastifyRequest, @Param('roomId') roomId: string): Promise<object> {
    const requester = await this.#access.requireUser(request, 'receipt');
    const body = readBody(readMarkersRequest, request.body);
    const receipts = (['m.read', 'm.read.private'] as const).flatMap((receiptType) => {
      const eventId = body[receiptType];
      return eventId === undefined ? [] : [{ receiptType, eventId }];
    });
    await this.#setReadMarkers.execute(requester, roomId, { fullyRead: body['m.fully_read'], receipts });
    return {};
  }
}

function readThreadId({ thread_id: threadId }: ReceiptRequest): string | undefined {
  if (threadId === undefined) return undefined;
  if (threadId === 'main' || (typeof threadId === 'string' && isEventId(threadId))) return threadId;
  throw new MatrixError('M_INVALID_PARAM', 400, 'thread_id is neither "main" nor the id of an event');
}
