import type { JsonObject } from '@plexus/matrix-base';
import type { ProtoEvent } from '@plexus/rpc';

type ProtoFields = Pick<ProtoEvent, 'type' | 'sender' | 'content'> &
  Partial<Pick<ProtoEvent, 'stateKey' | 'redacts' | 'transactionId' | 'senderDeviceId' | 'originServerTs'>>;

/** As the time of an event: the owner's clock. */
export const NOW = 0;

/** An event as the room's owner is asked to store it; its time is the owner's, unless another one is given. */
export function protoEvent(fields: ProtoFields): ProtoEvent {
  return { redacts: '', originServerTs: NOW, transactionId: '', senderDeviceId: '', ...fields };
}

/** Content as it goes to the room's owner; a number that kept its text keeps it. */
export function encodeContent(content: JsonObject): Buffer {
  return Buffer.from(JSON.stringify(content));
}
