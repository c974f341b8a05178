/** What there is for `pt-BR` is what there is for `pt`, unless there is something of its own. */
export function findByLanguage<T>(byLanguage: Readonly<Record<string, T>>, language: string): T | undefined {
  const [primary = language] = language.split('-', 1);
  const found = [language, primary].find((one) => Object.hasOwn(byLanguage, one));
  return found === undefined ? undefined : byLanguage[found];
}
