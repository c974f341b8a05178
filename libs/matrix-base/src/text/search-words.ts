/** Longer words are cut: nobody types more. */
const MAX_WORD_LENGTH = 60;
const MAX_WORDS = 200;

const segmenter = new Intl.Segmenter('und', { granularity: 'word' });

/**
 * The words of a text, by which it can be found: without case and marks of width, each once. Languages that write no spaces are cut into words
 * by Unicode's rules.
 */
export function searchWordsOf(text: string): string[] {
  const words = new Set<string>();
  for (const run of text
    .normalize('NFKC')
    .toLowerCase()
    .matchAll(/[\p{L}\p{M}\p{N}]+/gu)) {
    for (const { segment } of segmenter.segment(run[0])) words.add([...segment].slice(0, MAX_WORD_LENGTH).join(''));
    if (words.size >= MAX_WORDS) break;
  }
  return [...words].slice(0, MAX_WORDS);
}
