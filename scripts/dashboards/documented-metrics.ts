/** What begins like this is a metric. */
const WRITTEN = /\b(?:plexus|synapse|process|nodejs)_[a-z0-9_]*(?:(?<=_)\{[a-z0-9_,]+\}[a-z0-9_]*)?\*?/g;

/** Metrics that a page for operators names, with what is in braces spelt out; those that end in `_` stand for all that begin so. */
export function documentedMetrics(page: string): string[] {
  const code = [...page.matchAll(/`[^`\n]+`|^ {4,}.*$/gm)].map(([text]) => text).join('\n');
  const written = [...code.matchAll(WRITTEN)].map(([name]) => name.replace(/\*$/, ''));
  return [...new Set(written.flatMap(spellOut))];
}

function spellOut(name: string): string[] {
  const braces = /^(.*)\{(.*)\}(.*)$/.exec(name);
  if (braces === null) return [name];
  const [, before = '', choices = '', after = ''] = braces;
  return choices.split(',').map((choice) => before + choice + after);
}
