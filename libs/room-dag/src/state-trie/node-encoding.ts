import type { StateEntry, StateNode } from './state-node.ts';
import { BRANCHING, EMPTY_ROOT } from './state-node.ts';

/**
 * Types with a code of their own in a leaf. The codes are in stored nodes: append, never reorder. Code 0 says that the type is
 * written out; there are 126 codes at most.
 */
const CODED_TYPES = [
  'm.room.member',
  'm.room.create',
  'm.room.power_levels',
  'm.room.join_rules',
  'm.room.history_visibility',
  'm.room.guest_access',
  'm.room.name',
  'm.room.topic',
  'm.room.avatar',
  'm.room.canonical_alias',
  'm.room.aliases',
  'm.room.encryption',
  'm.room.server_acl',
  'm.room.tombstone',
  'm.room.pinned_events',
  'm.room.third_party_invite',
  'm.space.child',
  'm.space.parent',
  'm.call.member',
  'org.matrix.msc3401.call.member',
  'm.policy.rule.user',
  'm.policy.rule.room',
  'm.policy.rule.server',
  'm.beacon_info',
  'im.vector.modular.widgets',
  'm.room.bot.options',
  'm.room.policy',
  'm.bridge',
  'uk.half-shot.bridge',
] as const;

const CODE_OF_TYPE = new Map<string, number>(CODED_TYPES.map((type, index) => [type, index + 1]));
const LEAF = 1;
const INNER = 2;
/** Set on an entry's code when its strings are in UTF-16, because a lone surrogate has no UTF-8 form. */
const UTF16_FLAG = 0x80;
const MAX_VARINT_BYTES = 8;

/** Stored bytes that are no node: the store is damaged or written by a newer release. */
export class StateNodeFormatError extends Error {
  override readonly name = 'StateNodeFormatError';
}

/**
 * The bytes under which a node is stored.
 *
 *     leaf   01 count  { code [type] state_key event_nid }*      strings are length-prefixed, numbers are varints
 *     inner  02 bitmap(2, little endian)  child_id*              one id per bit that is set
 */
export function encodeStateNode(node: StateNode): Uint8Array {
  return node.kind === 'leaf' ? encodeLeaf(node.entries) : encodeInner(node.children);
}

/** The node that bytes stand for. Throws `StateNodeFormatError` on bytes that `encodeStateNode` does not write. */
export function decodeStateNode(bytes: Uint8Array): StateNode {
  const reader = new NodeReader(bytes);
  const kind = reader.byte();
  if (kind !== LEAF && kind !== INNER) throw new StateNodeFormatError(`unknown kind of node: ${kind}`);
  const node: StateNode =
    kind === LEAF ? { kind: 'leaf', entries: reader.entries() } : { kind: 'inner', children: reader.children() };
  reader.end();
  return node;
}

function encodeLeaf(entries: readonly StateEntry[]): Uint8Array {
  const writer = new NodeWriter(1 + MAX_VARINT_BYTES + entries.reduce((sum, entry) => sum + entryBound(entry), 0));
  writer.byte(LEAF);
  writer.varint(entries.length);
  for (const entry of entries) writer.entry(entry);
  return writer.bytes();
}

/** No string takes more than three bytes per UTF-16 unit. */
function entryBound({ type, stateKey }: StateEntry): number {
  return 1 + 3 * MAX_VARINT_BYTES + 3 * (type.length + stateKey.length);
}

function encodeInner(children: readonly number[]): Uint8Array {
  const writer = new NodeWriter(3 + BRANCHING * MAX_VARINT_BYTES);
  const bitmap = children.reduce((bits, child, digit) => (child === EMPTY_ROOT ? bits : bits | (1 << digit)), 0);
  writer.byte(INNER);
  writer.byte(bitmap & 0xff);
  writer.byte(bitmap >> 8);
  for (const child of children) if (child !== EMPTY_ROOT) writer.varint(child);
  return writer.bytes();
}

class NodeWriter {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(bound: number) {
    this.#buffer = Buffer.allocUnsafe(bound);
  }

  byte(value: number): void {
    this.#buffer[this.#at] = value;
    this.#at += 1;
  }

  /** Seven bits per byte, low bits first. Arithmetic, since numbers go up to 2^53. */
  varint(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not an event number or node id: ${value}`);
    let rest = value;
    while (rest > 0x7f) {
      this.byte((rest % 0x80) + 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
  }

  entry({ type, stateKey, eventNid }: StateEntry): void {
    const encoding = type.isWellFormed() && stateKey.isWellFormed() ? 'utf8' : 'utf16le';
    const code = CODE_OF_TYPE.get(type) ?? 0;
    this.byte(encoding === 'utf8' ? code : code + UTF16_FLAG);
    if (code === 0) this.#text(type, encoding);
    this.#text(stateKey, encoding);
    this.varint(eventNid);
  }

  #text(text: string, encoding: BufferEncoding): void {
    this.varint(Buffer.byteLength(text, encoding));
    this.#at += this.#buffer.write(text, this.#at, encoding);
  }

  bytes(): Uint8Array {
    return Uint8Array.prototype.slice.call(this.#buffer, 0, this.#at);
  }
}

class NodeReader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  byte(): number {
    const value = this.#buffer[this.#at];
    if (value === undefined) throw new StateNodeFormatError('node ends too early');
    this.#at += 1;
    return value;
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (value > Number.MAX_SAFE_INTEGER) throw new StateNodeFormatError('number out of range');
      if (byte < 0x80) return value;
    }
  }

  entries(): StateEntry[] {
    const count = this.varint();
    if (count > this.#buffer.length) throw new StateNodeFormatError('node ends too early');
    return Array.from({ length: count }, () => this.#entry());
  }

  #entry(): StateEntry {
    const head = this.byte();
    const encoding = head >= UTF16_FLAG ? 'utf16le' : 'utf8';
    const type = this.#type(head % UTF16_FLAG, encoding);
    return { type, stateKey: this.#text(encoding), eventNid: this.varint() };
  }

  #type(code: number, encoding: BufferEncoding): string {
    if (code === 0) return this.#text(encoding);
    const type = CODED_TYPES[code - 1];
    if (type === undefined) throw new StateNodeFormatError(`unknown type code: ${code}`);
    return type;
  }

  #text(encoding: BufferEncoding): string {
    const end = this.varint() + this.#at;
    if (end > this.#buffer.length) throw new StateNodeFormatError('node ends too early');
    const text = this.#buffer.toString(encoding, this.#at, end);
    this.#at = end;
    return text;
  }

  children(): number[] {
    const bitmap = this.byte() + this.byte() * 0x100;
    return Array.from({ length: BRANCHING }, (_, digit) => ((bitmap >> digit) & 1 ? this.varint() : EMPTY_ROOT));
  }

  end(): void {
    if (this.#at !== this.#buffer.length) throw new StateNodeFormatError('bytes after the end of the node');
  }
}
