/** What stands in a PromQL expression and is no metric. */
const WORDS = new Set([
  'and',
  'or',
  'unless',
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'offset',
  'bool',
]);

/** The metrics that a PromQL expression names; those of recording rules (`plexus:…`) too. */
export function namedMetrics(expression: string): string[] {
  const bare = expression
    .replaceAll(/"[^"]*"|'[^']*'/g, '')
    .replaceAll(/\{[^}]*\}/g, ' ')
    .replaceAll(/\[[^\]]*\]/g, ' ')
    .replaceAll(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ');
  const names = bare.matchAll(/(?<![\w:.$])([a-zA-Z_:][\w:]*)(?!\s*\()(?![\w:])/g);
  return [...new Set([...names].map(([, name = '']) => name).filter((name) => !WORDS.has(name)))];
}
