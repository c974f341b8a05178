/** What `JSON.parse` hides about a text. */
export interface JsonFindings {
  /** A number is not spelled as canonical JSON spells it, or lies beyond ±(2^53−1). */
  readonly hasExactNumbers: boolean;
  /** A surrogate stands alone in the text, or half a pair is escaped: the parsed strings must be looked at. */
  readonly mayHoldLoneSurrogate: boolean;
  /** Of objects and arrays; 0 for a scalar. */
  readonly depth: number;
}

const QUOTE = 0x22;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const BACKSLASH = 0x5c;

const ESCAPED_SURROGATE = /\\u[dD][89a-fA-F]/;

/** Looks over a text that `JSON.parse` accepted, skipping strings, in one pass without recursion. */
export function scanJson(text: string): JsonFindings {
  let hasExactNumbers = false;
  let depth = 0;
  let deepest = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit === QUOTE) {
      index = endOfString(text, index);
    } else if (unit === 0x7b || unit === 0x5b) {
      if (++depth > deepest) deepest = depth;
    } else if (unit === 0x7d || unit === 0x5d) {
      depth--;
    } else if (unit === MINUS || isDigit(unit)) {
      const end = endOfNumber(text, index);
      hasExactNumbers ||= !isCanonicalInteger(text, index, end);
      index = end - 1;
    }
  }
  const mayHoldLoneSurrogate = !text.isWellFormed() || (text.includes('\\u') && ESCAPED_SURROGATE.test(text));
  return { hasExactNumbers, mayHoldLoneSurrogate, depth: deepest };
}

/** Where the closing quote is of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, index: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(index - 1 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}

/** Where the number that begins at `start` is over. */
export function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && isInNumber(text.charCodeAt(end))) end++;
  return end;
}

/** Whether a JSON number is written as canonical JSON writes it: an integer in ±(2^53−1), not `-0`. */
export function isCanonicalInteger(text: string, start: number, end: number): boolean {
  const first = text.charCodeAt(start) === MINUS ? start + 1 : start;
  for (let index = first; index < end; index++) {
    if (!isDigit(text.charCodeAt(index))) return false;
  }
  if (first !== start && text.charCodeAt(first) === ZERO) return false;
  return end - first < 16 || Number.isSafeInteger(Number(text.slice(start, end)));
}

function isDigit(unit: number): boolean {
  return unit >= ZERO && unit <= NINE;
}

/** Digits, `.`, `e`, `E`, `+`, `-`. */
function isInNumber(unit: number): boolean {
  return isDigit(unit) || unit === 0x2e || unit === 0x65 || unit === 0x45 || unit === 0x2b || unit === MINUS;
}
