import { isJsonObject } from '@plexus/matrix-base';
import type { JsonValue } from '@plexus/matrix-base';
import type { Parties } from '../authentication/parties.ts';
import type { EduReceiver } from './edu-receiver.ts';
import type { ReceiveDeviceLists } from './receive-device-lists.ts';
import type { ReceivePresence } from './receive-presence.ts';
import type { ReceiveReceipts } from './receive-receipts.ts';
import type { ReceiveToDevice } from './receive-to-device.ts';
import type { ReceiveTyping } from './receive-typing.ts';

export interface ReceiveEdusPorts {
  readonly typing: ReceiveTyping;
  readonly receipts: ReceiveReceipts;
  readonly presence: ReceivePresence;
  readonly toDevice: ReceiveToDevice;
  readonly deviceLists: ReceiveDeviceLists;
  readonly signingKeys: ReceiveDeviceLists;
  received(eduType: string, outcome: 'taken' | 'ignored'): void;
}

/** Takes in the EDUs of a transaction, in their order (https://spec.matrix.org/v1.19/server-server-api/#edus). */
export class ReceiveEdus {
  readonly #receivers: ReadonlyMap<string, EduReceiver>;
  readonly #received: ReceiveEdusPorts['received'];

  constructor({ typing, receipts, presence, toDevice, deviceLists, signingKeys, received }: ReceiveEdusPorts) {
    this.#received = received;
    this.#receivers = new Map<string, EduReceiver>([
      ['m.typing', typing],
      ['m.receipt', receipts],
      ['m.presence', presence],
      ['m.direct_to_device', toDevice],
      ['m.device_list_update', deviceLists],
      ['m.signing_key_update', signingKeys],
    ]);
  }

  /** What may not be lost is in Postgres when it resolves. */
  async execute(parties: Parties, edus: readonly JsonValue[]): Promise<void> {
    for (const edu of edus) {
      const eduType = isJsonObject(edu) && typeof edu['edu_type'] === 'string' ? edu['edu_type'] : '';
      const content = isJsonObject(edu) && isJsonObject(edu['content']) ? edu['content'] : undefined;
      const receiver = this.#receivers.get(eduType);
      const isTaken = content !== undefined && (await receiver?.execute(parties, content)) === true;
      this.#received(receiver === undefined ? 'other' : eduType, isTaken ? 'taken' : 'ignored');
    }
  }
}
