/** A glob made ready for matching. */
export interface Glob {
  /** Whether the whole text matches. */
  matches(text: string): boolean;
  /** Whether some part of the text matches that starts and ends at a word boundary. */
  matchesWords(text: string): boolean;
}

/**
 * Prepares a glob (https://spec.matrix.org/v1.19/appendices/#glob-style-matching): `*` is any number of characters, `?` exactly one,
 * everything else stands for itself. Case counts; for a match without case the caller folds both sides alike.
 *
 * The time to match is linear in the text whatever the glob: it is run as an automaton, all of whose states fit into
 * one bit each, with one pass over the text and without going back. A glob is cheap to prepare: the automaton is built when a text is
 * long enough to match, so a glob of 60,000 characters among server names costs nothing.
 */
export function compileGlob(pattern: string): Glob {
  const { isLiteral, suffix, needle } = shapeOf(pattern);
  const search = searchFor(Array.from(pattern, tokenOf));
  return {
    matches(text) {
      if (isLiteral) return text === pattern;
      return suffix === undefined ? search(text, false) : text.endsWith(suffix);
    },
    matchesWords: (text) => text.includes(needle) && search(text, true),
  };
}

/** Prepares a text in which `*` and `?` stand for themselves too, such as a name. */
export function compileLiteral(literal: string): Glob {
  const needle = literal.slice(0, MAX_NEEDLE);
  const search = searchFor(Array.from(literal, codePointOf));
  return {
    matches: (text) => text === literal,
    matchesWords: (text) => text.includes(needle) && search(text, true),
  };
}

/**
 * State i: the first i characters of the glob (literal or `?`) are matched. Bit i of a mask says something of state i; a mask is
 * as many 32-bit words as it takes.
 */
interface Automaton {
  /** Number of characters; the number of the accepting state. */
  readonly length: number;
  /** For a character of the text: the states that it leads on from. */
  readonly stepsOn: ReadonlyMap<number, Uint32Array>;
  /** The same for every character that is not in the glob. */
  readonly stepsOnAny: Uint32Array;
  /** States with a `*` after them: any character leaves them as they are. */
  readonly loops: Uint32Array;
}

/** The tokens of a glob are code points and these. */
const STAR = -1;
const ANY = -2;
const BITS = 32;
/** A longer needle is not searched for, so that the search stays linear. */
const MAX_NEEDLE = 64;

function tokenOf(character: string): number {
  if (character === '*') return STAR;
  return character === '?' ? ANY : codePointOf(character);
}

function codePointOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}

function searchFor(tokens: readonly number[]): (text: string, betweenBoundaries: boolean) => boolean {
  const characters = tokens.filter((token) => token !== STAR);
  let automaton: Automaton | undefined;
  return (text, betweenBoundaries) => {
    if (text.length < characters.length) return false;
    automaton ??= buildAutomaton(tokens, characters);
    return run(automaton, text, betweenBoundaries);
  };
}

function buildAutomaton(tokens: readonly number[], characters: readonly number[]): Automaton {
  const length = characters.length;
  const words = Math.floor(length / BITS) + 1;
  const stepsOnAny = new Uint32Array(words);
  for (const [state, character] of characters.entries()) if (character === ANY) setBit(stepsOnAny, state);
  const stepsOn = new Map<number, Uint32Array>();
  for (const [state, character] of characters.entries()) {
    if (character !== ANY) setBit(maskOf(stepsOn, character, stepsOnAny), state);
  }
  return { length, stepsOn, stepsOnAny, loops: loopsOf(tokens, words) };
}

function maskOf(masks: Map<number, Uint32Array>, codePoint: number, base: Uint32Array): Uint32Array {
  const known = masks.get(codePoint);
  if (known !== undefined) return known;
  const mask = base.slice();
  masks.set(codePoint, mask);
  return mask;
}

function loopsOf(tokens: readonly number[], words: number): Uint32Array {
  const loops = new Uint32Array(words);
  let state = 0;
  for (const token of tokens) {
    if (token === STAR) setBit(loops, state);
    else state += 1;
  }
  return loops;
}

function shapeOf(pattern: string): { isLiteral: boolean; suffix: string | undefined; needle: string } {
  const pieces = pattern.split(/[*?]/);
  const suffix = pieces.length === 2 && pattern.startsWith('*') ? pieces[1] : undefined;
  const longest = pieces.reduce((best, piece) => (piece.length > best.length ? piece : best), '');
  return { isLiteral: pieces.length === 1, suffix, needle: longest.slice(0, MAX_NEEDLE) };
}

function run(automaton: Automaton, text: string, betweenBoundaries: boolean): boolean {
  const states = new Uint32Array(automaton.loops.length);
  let isAfterWord = false;
  if (!betweenBoundaries) setBit(states, 0);
  for (let at = 0; at < text.length;) {
    const codePoint = text.codePointAt(at) ?? 0;
    const isWord = isWordCharacter(codePoint);
    if (betweenBoundaries && !(isAfterWord && isWord)) {
      setBit(states, 0);
      if (hasBit(states, automaton.length)) return true;
    }
    step(automaton, states, codePoint);
    isAfterWord = isWord;
    at += codePoint > 0xffff ? 2 : 1;
  }
  if (betweenBoundaries) setBit(states, 0);
  return hasBit(states, automaton.length);
}

/** There is a word boundary wherever not both neighbours are word characters: `[A-Za-z0-9_]`. */
function isWordCharacter(codePoint: number): boolean {
  const isDigit = codePoint >= 0x30 && codePoint <= 0x39;
  const isUpper = codePoint >= 0x41 && codePoint <= 0x5a;
  const isLower = codePoint >= 0x61 && codePoint <= 0x7a;
  return isDigit || isUpper || isLower || codePoint === 0x5f;
}

function step({ stepsOn, stepsOnAny, loops }: Automaton, states: Uint32Array, codePoint: number): void {
  const steps = stepsOn.get(codePoint) ?? stepsOnAny;
  let carry = 0;
  for (let word = 0; word < states.length; word += 1) {
    const old = states[word] ?? 0;
    const moved = old & (steps[word] ?? 0);
    states[word] = (moved << 1) | carry | (old & (loops[word] ?? 0));
    carry = moved >>> (BITS - 1);
  }
}

function setBit(mask: Uint32Array, bit: number): void {
  const word = Math.floor(bit / BITS);
  mask[word] = (mask[word] ?? 0) | (1 << (bit % BITS));
}

function hasBit(mask: Uint32Array, bit: number): boolean {
  return (((mask[Math.floor(bit / BITS)] ?? 0) >>> (bit % BITS)) & 1) === 1;
}
