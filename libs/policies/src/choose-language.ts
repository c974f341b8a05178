const FALLBACK = 'en';

/**
 * The language of those there are that suits a reader best: the first of the wanted ones that is there, itself or without its region; else English,
 * else the first. Nothing where there is none.
 */
export function chooseLanguage(available: readonly string[], wanted: readonly string[]): string | undefined {
  const byName = new Map(available.map((language) => [language.toLowerCase(), language]));
  for (const language of wanted) {
    const found = withoutRegions(language.toLowerCase()).find((name) => byName.has(name));
    if (found !== undefined) return byName.get(found);
  }
  return byName.get(FALLBACK) ?? available[0];
}

/** `pt-br-x` as itself, `pt-br` and `pt`. */
function withoutRegions(language: string): string[] {
  const parts = language.split('-');
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('-'));
}
