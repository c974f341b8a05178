/** What there is for `pt-BR` is what there is for `pt`, unless there is something of its own; upper and lower case are one. */
export function findByLanguage<T>(byLanguage: Readonly<Record<string, T>>, language: string): T | undefined {
  const [primary = language] = language.split('-', 1);
  const names = new Map(Object.keys(byLanguage).map((name) => [name.toLowerCase(), name]));
  const found = names.get(language.toLowerCase()) ?? names.get(primary.toLowerCase());
  return found === undefined ? undefined : byLanguage[found];
}
