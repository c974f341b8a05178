const INT2 = 21;
const INT4 = 23;
const INT8 = 20;
const TEXT = 25;
const BYTEA = 17;
const HEADER_BYTES = 20;

/**
 * Arrays as parameters in Postgres's binary format: no escaping, and bytes are not doubled as hexadecimal digits.
 *
 *     dimensions  has nulls  element type  length  lower bound  { byte count, or -1 for null; bytes }*
 */
export function int8Array(numbers: readonly (number | undefined)[]): Buffer {
  return fixedArray(numbers, { type: INT8, bytes: 8 }, (buffer, value, at) => {
    // @NOTE Two halves: a BigInt per number would cost more than the rest of the row.
    buffer.writeInt32BE(Math.floor(value / 0x1_0000_0000), at);
    buffer.writeUInt32BE(value - Math.floor(value / 0x1_0000_0000) * 0x1_0000_0000, at + 4);
  });
}

export function int4Array(numbers: readonly (number | undefined)[]): Buffer {
  return fixedArray(numbers, { type: INT4, bytes: 4 }, (buffer, value, at) => buffer.writeInt32BE(value, at));
}

export function int2Array(numbers: readonly (number | undefined)[]): Buffer {
  return fixedArray(numbers, { type: INT2, bytes: 2 }, (buffer, value, at) => buffer.writeInt16BE(value, at));
}

/** A text with a NUL is refused by Postgres: the whole statement fails. */
export function textArray(texts: readonly (string | undefined)[]): Buffer {
  const lengths = texts.map((text) => (text === undefined ? 0 : Buffer.byteLength(text)));
  const buffer = arrayOf(
    TEXT,
    texts.length,
    lengths.reduce((sum, length) => sum + length, 0),
  );
  let at = HEADER_BYTES;
  for (const [index, text] of texts.entries()) {
    at = writeLength(buffer, at, text === undefined ? -1 : (lengths[index] ?? 0));
    if (text !== undefined) at += buffer.write(text, at);
  }
  return buffer;
}

export function byteaArray(items: readonly (Uint8Array | undefined)[]): Buffer {
  const buffer = arrayOf(
    BYTEA,
    items.length,
    items.reduce((sum, item) => sum + (item?.length ?? 0), 0),
  );
  let at = HEADER_BYTES;
  for (const item of items) {
    at = writeLength(buffer, at, item?.length ?? -1);
    if (item === undefined) continue;
    buffer.set(item, at);
    at += item.length;
  }
  return buffer;
}

type WriteElement = (buffer: Buffer, value: number, at: number) => void;

function fixedArray(
  numbers: readonly (number | undefined)[],
  element: { readonly type: number; readonly bytes: number },
  write: WriteElement,
): Buffer {
  const present = numbers.reduce<number>((count, value) => (value === undefined ? count : count + 1), 0);
  const buffer = arrayOf(element.type, numbers.length, present * element.bytes);
  let at = HEADER_BYTES;
  for (const value of numbers) {
    at = writeLength(buffer, at, value === undefined ? -1 : element.bytes);
    if (value === undefined) continue;
    write(buffer, value, at);
    at += element.bytes;
  }
  return buffer;
}

function arrayOf(type: number, count: number, bytes: number): Buffer {
  if (count === 0) return emptyArray(type);
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + 4 * count + bytes);
  buffer.writeInt32BE(1, 0);
  // @NOTE "Has nulls" may be set without nulls; the reader looks at each element.
  buffer.writeInt32BE(1, 4);
  buffer.writeInt32BE(type, 8);
  buffer.writeInt32BE(count, 12);
  buffer.writeInt32BE(1, 16);
  return buffer;
}

function emptyArray(type: number): Buffer {
  const buffer = Buffer.alloc(12);
  buffer.writeInt32BE(type, 8);
  return buffer;
}

function writeLength(buffer: Buffer, at: number, length: number): number {
  return buffer.writeInt32BE(length, at);
}
