import { encodeCanonicalJson, isUserId, MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { FederationPolicy, OutgoingQueues, Requester } from '@plexus/service-shell';
import { MAX_LOCKED_USERS } from '@plexus/storage';
import type { HostedServers, NewToDeviceMessage, UserStreamTransactor } from '@plexus/storage';
import { requireEventType, requireTransactionId } from '../rooms/check-identifiers.ts';
import { commandIdOf } from '../rooms/room-commands.ts';
import { messagesToOtherServers } from './messages-to-other-servers.ts';

/** Larger messages are refused: they would not fit where other servers take them in. */
const MAX_MESSAGE_BYTES = 65_536;

export interface MessagesToDevices {
  readonly type: string;
  readonly transactionId: string;
  /** By user, then by device; `*` is every device of the user. */
  readonly messages: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;
}

/** What takes messages to other servers. */
export interface ToOtherServers {
  readonly queues: Pick<OutgoingQueues, 'storeEdus'>;
  readonly policy: Pick<FederationPolicy, 'allows'>;
}

/** Sends messages to devices (https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3sendtodeviceeventtypetxnid). */
export class SendToDevice {
  readonly #streams: UserStreamTransactor;
  readonly #servers: Pick<HostedServers, 'isHosted'>;
  readonly #others: ToOtherServers;

  constructor(streams: UserStreamTransactor, servers: Pick<HostedServers, 'isHosted'>, others: ToOtherServers) {
    this.#streams = streams;
    this.#servers = servers;
    this.#others = others;
  }

  /**
   * Everything is durable when it resolves. Users are taken in the order of their ids, so many at once; a repeated request finds which parts
   * of it are stored, and stores the others. What is for users of other servers waits in the queues of these. Whom nobody is to hear reaches
   * their own devices only.
   */
  async execute(requester: Requester, { type, transactionId, messages }: MessagesToDevices): Promise<void> {
    const { userId, deviceId, isShadowBanned } = requester;
    requireEventType(type);
    requireTransactionId(transactionId);
    const { local, others } = this.#divide(messages);
    const envelope = { type, sender: userId };
    const addressed = local.map((each) => [each, messagesTo(each, messages[each] ?? {}, envelope)] as const);
    const all = isShadowBanned === true ? addressed.filter(([each]) => each === userId) : addressed;
    await this.#sendToOthers(others, { type, transactionId, messages }, requester);
    for (let part = 0; part * MAX_LOCKED_USERS < all.length; part += 1) {
      const some = all.slice(part * MAX_LOCKED_USERS, (part + 1) * MAX_LOCKED_USERS);
      const id = commandIdOf('to-device', deviceId, type, transactionId, String(part));
      await this.#streams.transact(
        some.map(([each]) => each),
        ({ toDevice }) => {
          const own = some.flatMap(([, ofUser]) => ofUser);
          return toDevice.storeMessages(own, { sender: userId, transactionId: id });
        },
      );
    }
  }

  async #sendToOthers(
    users: readonly string[],
    { type, transactionId, messages }: MessagesToDevices,
    { userId, deviceId, isShadowBanned }: Pick<Requester, 'userId' | 'deviceId' | 'isShadowBanned'>,
  ): Promise<void> {
    if (users.length === 0) return;
    const { queues, policy } = this.#others;
    const origin = serverNameOf(userId);
    for (const each of users) messagesTo(each, messages[each] ?? {}, { type, sender: userId });
    if (isShadowBanned === true) return;
    const told = users.filter((each) => policy.allows(origin, serverNameOf(each)));
    const edus = messagesToOtherServers({
      sender: userId,
      type,
      requestId: commandIdOf('to-device', userId, deviceId, type, transactionId),
      messages: Object.fromEntries(told.map((each) => [each, messages[each] ?? {}])),
    });
    await queues.storeEdus(edus, 'keep');
  }

  #divide(messages: MessagesToDevices['messages']): { readonly local: string[]; readonly others: string[] } {
    const users = Object.keys(messages).sort();
    const wrong = users.find((userId) => !isUserId(userId));
    if (wrong !== undefined) throw new MatrixError('M_INVALID_PARAM', 400, 'Messages are addressed to user ids');
    const [local, others] = [true, false].map((isLocal) => {
      return users.filter((userId) => this.#servers.isHosted(serverNameOf(userId)) === isLocal);
    });
    return { local: local ?? [], others: others ?? [] };
  }
}

function messagesTo(
  userId: string,
  contents: Readonly<Record<string, JsonObject>>,
  envelope: { readonly type: string; readonly sender: string },
): NewToDeviceMessage[] {
  return Object.entries(contents).map(([device, content]) => {
    const message = encodeCanonicalJson({ ...envelope, content }, 'any');
    if (Buffer.byteLength(message) > MAX_MESSAGE_BYTES) {
      throw new MatrixError('M_TOO_LARGE', 413, `A message to a device has at most ${MAX_MESSAGE_BYTES} bytes`);
    }
    return { userId, deviceId: device === '*' ? undefined : device, message };
  });
}
