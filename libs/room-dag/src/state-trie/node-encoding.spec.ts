import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeStateNode, encodeStateNode, StateNodeFormatError } from './node-encoding.ts';
import type { StateNode } from './state-node.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom('', 'm.room.member', '\ud800', 'a\udfffb'),
);
const nid = fc.maxSafeNat();
const leaf = fc
  .array(fc.record({ type: text, stateKey: text, eventNid: nid }), { maxLength: 20 })
  .map((entries): StateNode => ({ kind: 'leaf', entries }));
const inner = fc
  .array(fc.oneof(fc.constant(0), nid), { minLength: 16, maxLength: 16 })
  .map((children): StateNode => ({ kind: 'inner', children }));

describe('encodeStateNode', () => {
  it('round-trips every node', () => {
    fc.assert(
      fc.property(fc.oneof(leaf, inner), (node) => {
        expect(decodeStateNode(encodeStateNode(node))).toEqual(node);
      }),
    );
  });

  it('abbreviates the common types', () => {
    const entry = { type: 'm.room.member', stateKey: '@alice:example.org', eventNid: 1_000_000 };
    expect(encodeStateNode({ kind: 'leaf', entries: [entry] })).toHaveLength(2 + 1 + 1 + 18 + 3);
  });

  it('stores one byte more than the ids of the children and the bitmap', () => {
    const children = Array.from({ length: 16 }, (_, digit) => (digit < 3 ? 100 + digit : 0));
    expect([...encodeStateNode({ kind: 'inner', children })]).toEqual([2, 0b111, 0, 100, 101, 102]);
  });

  it('keeps stored bytes readable: the layout does not change', () => {
    const node: StateNode = {
      kind: 'leaf',
      entries: [
        { type: 'm.room.member', stateKey: '@a:b', eventNid: 300 },
        { type: 'x', stateKey: '', eventNid: 0 },
      ],
    };
    expect(Buffer.from(encodeStateNode(node)).toString('hex')).toBe('0102010440613a62ac020001780000');
  });

  it('refuses numbers that are no event number', () => {
    const entry = { type: 'x', stateKey: '', eventNid: 1.5 };
    expect(() => encodeStateNode({ kind: 'leaf', entries: [entry] })).toThrow(RangeError);
  });
});

describe('decodeStateNode', () => {
  it.each([
    ['nothing', []],
    ['an unknown kind', [9]],
    ['a leaf that ends in its count', [1]],
    ['a leaf with a count beyond its bytes', [1, 0xff, 0xff, 0xff, 0xff, 0x07]],
    ['an unknown type code', [1, 1, 0x7f, 0, 0]],
    ['a text beyond the end', [1, 1, 1, 9, 0]],
    ['a number beyond 2^53', [2, 1, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
    ['bytes after the end', [2, 0, 0, 5]],
  ])('refuses %s', (_, bytes) => {
    expect(() => decodeStateNode(Uint8Array.from(bytes))).toThrow(StateNodeFormatError);
  });

  it('never fails in another way', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(failureOf(() => decodeStateNode(bytes))).toSatisfy(
          (failure) => failure === undefined || failure instanceof StateNodeFormatError,
        );
      }),
    );
  });
});

function failureOf(act: () => unknown): unknown {
  try {
    act();
    return undefined;
  } catch (failure) {
    return failure;
  }
}
