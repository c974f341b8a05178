import { MatrixError } from '@plexus/matrix-base';

/** The members of a form as a browser sends it, in the form of query parameters. Throws `M_INVALID_PARAM` for a zero byte. */
export function parseForm(bytes: Buffer): Record<string, string | string[]> {
  const sent = new URLSearchParams(bytes.toString('utf8'));
  const names = [...new Set(sent.keys())];
  return Object.fromEntries(names.map((name) => [name, oneOrAll(name, sent.getAll(name))]));
}

function oneOrAll(name: string, values: readonly string[]): string | string[] {
  if ([name, ...values].some((text) => text.includes('\0')))
    throw new MatrixError('M_INVALID_PARAM', 400, 'The form has a zero byte in it');
  const [first, ...others] = values;
  return first !== undefined && others.length === 0 ? first : [...values];
}
