/**
 * The property names of a dot-separated path (https://spec.matrix.org/v1.19/appendices/#dot-separated-property-paths): `\.` is a dot
 * and `\\` a backslash within a name, any other backslash stands for itself.
 */
export function parsePropertyPath(path: string): readonly string[] {
  const tokens = path.match(/\\[.\\]|\.|[^.\\]+|\\/g) ?? [];
  const names = [''];
  for (const token of tokens) {
    if (token === '.') names.push('');
    else names.push(`${names.pop() ?? ''}${/^\\./.test(token) ? token.slice(1) : token}`);
  }
  return names;
}
