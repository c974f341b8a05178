import { describe, expect, it } from 'vitest';
import { searchWordsOf } from './search-words.ts';

describe('searchWordsOf', () => {
  it.each([
    ['Alice Liddell', ['alice', 'liddell']],
    ['alice_liddell.42', ['alice', 'liddell', '42']],
    ['ÄRGER ärger', ['ärger']],
    ['ＡＢＣ', ['abc']],
    ['  ', []],
    ['a\0b', ['a', 'b']],
    ["it's 👍", ['it', 's']],
  ])('finds the words of %j', (text, words) => {
    expect(searchWordsOf(text)).toEqual(words);
  });

  it('cuts text without spaces', () => {
    expect(searchWordsOf('東京タワーへ行く')).toEqual(['東京タワー', 'へ', '行く']);
  });

  it('is bounded', () => {
    expect(searchWordsOf('x'.repeat(10_000))).toEqual(['x'.repeat(60)]);
    const many = Array.from({ length: 5_000 }, (_, index) => `w${index}`).join(' ');
    expect(searchWordsOf(many)).toHaveLength(200);
  });
});
