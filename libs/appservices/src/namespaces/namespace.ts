import type { AppserviceNamespace } from '@plexus/storage';
import { RE2JS } from 're2js';

/** A namespace of a registration, ready to be asked. */
export interface Namespace {
  readonly isExclusive: boolean;
  /** Whether a name belongs to it. It takes time in proportion to the name's length, whatever the expression is. */
  includes(name: string): boolean;
}

/**
 * Namespaces are written by bridges' authors, who have in mind that an expression has to match from the beginning of a name, but not up to its
 * end (https://spec.matrix.org/v1.19/application-service-api/#registration). Throws what the library throws where it is no expression.
 */
export function compileNamespace({ regex, isExclusive }: AppserviceNamespace): Namespace {
  const compiled = RE2JS.compile(regex);
  const prefix = literalPrefixOf(regex);
  return {
    isExclusive,
    includes: (name) => name.startsWith(prefix) && compiled.matcher(name).lookingAt(),
  };
}

/** Nothing where the expression can be used, else what is wrong with it. */
export function findRegexFault(regex: string): string | undefined {
  if (regex.length > MAX_REGEX_LENGTH) return `has more than ${MAX_REGEX_LENGTH} characters`;
  try {
    RE2JS.compile(regex);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const MAX_REGEX_LENGTH = 2_000;

/** What each name begins with that the expression matches: most names are told from it without the expression. */
export function literalPrefixOf(regex: string): string {
  if (regex.includes('|')) return '';
  const [begin = '', literal = ''] = LITERAL.exec(regex) ?? [];
  const mayBeAbsent = '?*{'.includes(regex.charAt(begin.length) || ' ');
  return mayBeAbsent ? literal.slice(0, -1) : literal;
}

const LITERAL = /^\^?([^\\^$.|?*+()[\]{}]*)/;
