import { encodeCanonicalJson, isServerName, serverNameOf } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { NewOutgoingEdu } from '@plexus/storage';

/** Messages of one request, by user, then by device. */
export interface OutgoingMessages {
  readonly sender: string;
  readonly type: string;
  /** Of the request: the same for a repeated one. */
  readonly requestId: string;
  readonly messages: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;
}

/** About so long an EDU becomes, so that it fits into a transaction beside others. */
const MOST_BYTES = 256 * 1024;
const MESSAGE_ID_LENGTH = 32;

/**
 * The EDUs that bring messages to devices of other servers' users (https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging): one
 * per server, more where it would become too long. A message id names its EDU for good, so that a repeated request brings no second one.
 */
export function messagesToOtherServers({ sender, type, requestId, messages }: OutgoingMessages): NewOutgoingEdu[] {
  const byServer = Map.groupBy(Object.keys(messages).sort(), serverNameOf);
  return [...byServer].flatMap(([destination, userIds]) => {
    if (!isServerName(destination)) return [];
    const parts = divide(userIds.map((userId) => ({ [userId]: messages[userId] ?? {} })));
    return parts.map((part, index) => {
      const messageId = `${requestId.slice(0, MESSAGE_ID_LENGTH - 4)}${index}`;
      const content = { sender, type, message_id: messageId, messages: part };
      return {
        origin: serverNameOf(sender),
        destination,
        key: `to-device ${sender} ${requestId} ${index}`,
        edu: encodeCanonicalJson({ edu_type: 'm.direct_to_device', content }, 'any'),
      };
    });
  });
}

type Part = Record<string, Readonly<Record<string, JsonObject>>>;

function divide(users: readonly Part[]): Part[] {
  const parts: Part[] = [];
  let bytes = 0;
  for (const user of users) {
    const size = JSON.stringify(user).length;
    const last = parts.at(-1);
    if (last !== undefined && bytes + size <= MOST_BYTES) Object.assign(last, user);
    else parts.push({ ...user });
    bytes = last !== undefined && bytes + size <= MOST_BYTES ? bytes + size : size;
  }
  return parts;
}
