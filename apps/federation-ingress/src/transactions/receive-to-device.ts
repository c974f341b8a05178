import { encodeCanonicalJson, fitsBytes, isJsonObject, isUserId, serverNameOf } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { MAX_LOCKED_USERS } from '@plexus/storage';
import type { NewToDeviceMessage, UserStreamTransactor } from '@plexus/storage';
import type { Parties } from '../authentication/parties.ts';
import type { EduReceiver } from './edu-receiver.ts';
import { isUserOf } from './user-of.ts';

/** Larger messages are left out. */
const MAX_MESSAGE_BYTES = 65_536;
const MAX_MESSAGE_ID_BYTES = 255;

/**
 * Messages to devices of hosted users (https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging). A message id counts once for each server
 * that sends, however often it comes.
 */
export class ReceiveToDevice implements EduReceiver {
  readonly #streams: UserStreamTransactor;

  constructor(streams: UserStreamTransactor) {
    this.#streams = streams;
  }

  /** Durable when it resolves. Users are taken in the order of their ids, so many at once, each part under an id of its own. */
  async execute({ origin, destination }: Parties, content: JsonObject): Promise<boolean> {
    const { sender, type, message_id: messageId, messages } = content;
    if (!isUserOf(sender, origin) || typeof type !== 'string' || !isJsonObject(messages)) return false;
    if (typeof messageId !== 'string' || !isMessageId(messageId)) return false;
    const all = Object.entries(messages)
      .filter(([userId]) => isUserId(userId) && serverNameOf(userId) === destination)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([userId, devices]) => [userId, messagesTo(userId, devices, { type, sender })] as const);
    for (let part = 0; part * MAX_LOCKED_USERS < all.length; part += 1) {
      const some = all.slice(part * MAX_LOCKED_USERS, (part + 1) * MAX_LOCKED_USERS);
      await this.#streams.transact(
        some.map(([userId]) => userId),
        ({ toDevice }) => {
          const own = some.flatMap(([, ofUser]) => ofUser);
          return toDevice.storeMessages(own, { sender: origin, transactionId: `${destination} ${messageId} ${part}` });
        },
      );
    }
    return all.length > 0;
  }
}

/** The specification has ids of 32 characters at most. */
function isMessageId(text: string): boolean {
  return text !== '' && fitsBytes(text, MAX_MESSAGE_ID_BYTES) && !text.includes('\0');
}

function messagesTo(
  userId: string,
  devices: unknown,
  envelope: { readonly type: string; readonly sender: string },
): NewToDeviceMessage[] {
  if (!isJsonObject(devices)) return [];
  return Object.entries(devices).flatMap(([device, content]) => {
    if (device.includes('\0') || !isJsonObject(content)) return [];
    const message = encodeCanonicalJson({ ...envelope, content }, 'any');
    if (Buffer.byteLength(message) > MAX_MESSAGE_BYTES) return [];
    return [{ userId, deviceId: device === '*' ? undefined : device, message }];
  });
}
