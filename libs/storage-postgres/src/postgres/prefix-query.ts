/** A text search query for rows that have a word with each of these beginnings. The words are of letters and digits alone. */
export function prefixQueryOf(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", "''")}':*`).join(' & ');
}
