import { encodeCanonicalString } from '@plexus/matrix-base';
import type { OutgoingTransaction } from '@plexus/storage';

/**
 * The canonical JSON of a transaction (https://spec.matrix.org/v1.19/server-server-api/#transactions): the same bytes for the same events
 * and EDUs, whoever builds it.
 */
export function buildBody(
  { origin, originServerTs, edus }: Pick<OutgoingTransaction, 'origin' | 'originServerTs' | 'edus'>,
  events: readonly Buffer[],
): Buffer {
  const head = `{"edus":${edus},"origin":${encodeCanonicalString(origin)},"origin_server_ts":${originServerTs},"pdus":[`;
  const parts: Buffer[] = [Buffer.from(head)];
  for (const [index, event] of events.entries()) {
    if (index > 0) parts.push(COMMA);
    parts.push(event);
  }
  parts.push(END);
  return Buffer.concat(parts);
}

const COMMA = Buffer.from(',');
const END = Buffer.from(']}');
