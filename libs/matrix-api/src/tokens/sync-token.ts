import { decodeUrlSafeBase64, encodeUrlSafeBase64 } from '@plexus/matrix-base';

/**
 * A client's place in everything that `/sync` tells (https://spec.matrix.org/v1.19/client-server-api/#syncing): `since` and `next_batch`. Opaque to
 * clients. It is also a place in a room's timeline: after the last event of the room whose position is within `positions`.
 */
export interface SyncToken {
  /** The deployment's generation in which the positions mean something. */
  readonly generation: number;
  /** Of the replica that gave the token out, for what is not stored. 32 bits. */
  readonly bootId: number;
  /** Position in the user's own stream. */
  readonly userPosition: number;
  /** Of the last change of a device list in the deployment that the client knows of. */
  readonly deviceListPosition: number;
  /** How far the client has what is not stored, as the replica with this `bootId` counts it. */
  readonly ephemeralPosition: number;
  /** Position in each room shard's log; index is the shard. */
  readonly positions: readonly number[];
}

const PREFIX = 's';
const FORMAT = 3;
const GROUP = 8;
const GROUP_HEAD = 3;
const MAX_SHARDS = 4096;

/**
 * The token as text. Positions are written in groups of eight: three bits each for their lengths in bytes, then the bytes, least significant
 * first. 1,024 positions below 2^32 take less than 6 KiB.
 */
export function encodeSyncToken(token: SyncToken): string {
  const { generation, bootId, userPosition, deviceListPosition, ephemeralPosition, positions } = token;
  const groups = Math.ceil(positions.length / GROUP);
  const bytes = Buffer.allocUnsafe(1 + 4 + 5 * 8 + groups * GROUP_HEAD + positions.length * 7);
  bytes[0] = FORMAT;
  let end = bytes.writeUInt32LE(bootId, 1);
  for (const number of [generation, userPosition, deviceListPosition, ephemeralPosition, positions.length])
    end = writeNumber(bytes, number, end);
  for (let first = 0; first < positions.length; first += GROUP)
    end = writeGroup(bytes, positions.slice(first, first + GROUP), end);
  return PREFIX + encodeUrlSafeBase64(bytes.subarray(0, end));
}

/** Nothing for a text that `encodeSyncToken` does not write. */
export function decodeSyncToken(text: string): SyncToken | undefined {
  const bytes = text.startsWith(PREFIX) ? decodeUrlSafeBase64(text.slice(PREFIX.length)) : undefined;
  if (bytes === undefined || bytes.length < 5 || bytes[0] !== FORMAT) return undefined;
  const reader = new TokenReader(bytes, 5);
  const [generation, userPosition] = [reader.number(), reader.number()];
  const [deviceListPosition, ephemeralPosition, count] = [reader.number(), reader.number(), reader.number()];
  if (count > MAX_SHARDS) return undefined;
  const positions = reader.positions(count);
  if (!reader.isAtEnd) return undefined;
  const bootId = Buffer.from(bytes).readUInt32LE(1);
  return { generation, bootId, userPosition, deviceListPosition, ephemeralPosition, positions };
}

/** A length byte, then the bytes. */
function writeNumber(bytes: Buffer, number: number, at: number): number {
  const length = lengthOf(number);
  bytes[at] = length;
  return writeBytes(bytes, { number, length }, at + 1);
}

function writeGroup(bytes: Buffer, group: readonly number[], at: number): number {
  let lengths = 0;
  let end = at + GROUP_HEAD;
  for (const [index, number] of group.entries()) {
    const length = lengthOf(number);
    lengths |= length << (index * 3);
    end = writeBytes(bytes, { number, length }, end);
  }
  bytes.writeUIntLE(lengths, at, GROUP_HEAD);
  return end;
}

function lengthOf(number: number): number {
  let length = 0;
  for (let bound = 1; number >= bound; bound *= 256) length += 1;
  return length;
}

function writeBytes(bytes: Buffer, { number, length }: { number: number; length: number }, at: number): number {
  let rest = number;
  for (let index = 0; index < length; index += 1) {
    bytes[at + index] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return at + length;
}

/** Reads what the writers above write; past the end, or on a number beyond 2^53−1, it is never at the end. */
class TokenReader {
  readonly #bytes: Uint8Array;
  #at: number;
  #isSound = true;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get isAtEnd(): boolean {
    return this.#isSound && this.#at === this.#bytes.length;
  }

  number(): number {
    return this.#bytesOf(this.#byte());
  }

  positions(count: number): number[] {
    const positions: number[] = [];
    for (let lengths = 0; positions.length < count; lengths >>>= 3) {
      if (positions.length % GROUP === 0) lengths = this.#bytesOf(GROUP_HEAD);
      positions.push(this.#bytesOf(lengths & 7));
    }
    return positions;
  }

  #bytesOf(length: number): number {
    let number = 0;
    for (let index = 0, weight = 1; index < length; index += 1, weight *= 256) number += this.#byte() * weight;
    if (!Number.isSafeInteger(number)) this.#isSound = false;
    return number;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) this.#isSound = false;
    this.#at += 1;
    return byte ?? 0;
  }
}
