import { hash } from 'node:crypto';
import type { StateKey } from '../pdu/pdu.ts';
import { nameOfStateKey } from './state-node.ts';

/** Says where in the trie a key belongs: one hexadecimal digit per level. All paths have the same length. */
export type StatePath = (key: StateKey) => string;

const MEMBER_TYPE = 'm.room.member';
const PATH_LENGTH = 16;

/**
 * The place of a key in the state trie.
 *
 *     m.room.member     m…           m = digits of hash(key), leading zeros dropped, so the first is 1…f
 *     anything else     0 tt k…      t = two digits of hash(type), k = digits of hash(key)
 *
 * All state but the members is below the root's child 0, and all entries of one type share a prefix: a client's full state without
 * members, or the children of a space, is listed without touching 20,000 members. Members spread evenly over the other 15
 * children, so that they pay no level for it.
 *
 * The hash is SHA-256, so nobody can choose keys that share a long path: nine keys below ten common digits cost 2^43 hashes
 * and make a path of ten nodes; a leaf at the end of a path (16 digits) that overflows is out of reach.
 */
export function statePath(key: StateKey): string {
  const digits = digest(nameOfStateKey(key));
  if (key.type !== MEMBER_TYPE) return typePrefix(key.type) + digits.slice(0, PATH_LENGTH - 3);
  const first = digits.search(/[^0]/);
  return digits.slice(first, first + PATH_LENGTH);
}

/** The child that a path takes at a depth. */
export function digitAt(path: string, depth: number): number {
  const code = path.charCodeAt(depth);
  return code < 58 ? code - 48 : code - 87;
}

/** Which part of room state is meant: everything, `m.room.member` only, everything else, or one type. */
export type StateSelection = 'all' | 'members' | 'nonMembers' | { readonly type: string };

/** The paths of a selection: from `from` on and, where `to` is given, before `to`. Entries of other types may lie among them. */
export interface PathRange {
  readonly from: string;
  readonly to: string | undefined;
}

/** Where in the trie the entries of a selection lie. */
export function pathRangeOf(selection: StateSelection): PathRange {
  if (selection === 'all') return { from: '', to: undefined };
  if (selection === 'members') return { from: '1', to: undefined };
  if (selection === 'nonMembers') return { from: '0', to: '1' };
  if (selection.type === MEMBER_TYPE) return pathRangeOf('members');
  const prefix = typePrefix(selection.type);
  return { from: prefix, to: `${prefix}g` };
}

/** Whether an entry belongs to a selection. */
export function isSelected(key: StateKey, selection: StateSelection): boolean {
  if (selection === 'all') return true;
  if (selection === 'members') return key.type === MEMBER_TYPE;
  if (selection === 'nonMembers') return key.type !== MEMBER_TYPE;
  return key.type === selection.type;
}

function typePrefix(type: string): string {
  return `0${digest(type).slice(0, 2)}`;
}

/** @NOTE A lone surrogate has no UTF-8 form: all of them would hash alike, so such a text is hashed in its escaped form. */
function digest(text: string): string {
  return hash('sha256', text.isWellFormed() ? text : JSON.stringify(text));
}
