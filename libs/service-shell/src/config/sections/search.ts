import { choice, flag, group } from '../setting.ts';
import type { Configured } from '../setting.ts';

/** The text search configurations that every Postgres has. */
const LANGUAGES = [
  'simple',
  'arabic',
  'armenian',
  'basque',
  'catalan',
  'danish',
  'dutch',
  'english',
  'finnish',
  'french',
  'german',
  'greek',
  'hindi',
  'hungarian',
  'indonesian',
  'irish',
  'italian',
  'lithuanian',
  'nepali',
  'norwegian',
  'portuguese',
  'romanian',
  'russian',
  'serbian',
  'spanish',
  'swedish',
  'tamil',
  'turkish',
  'yiddish',
] as const;

export const search = group('Searching messages. Encrypted ones are never searched.', {
  enabled: flag('Whether messages can be searched; if not, no index is kept.', { default: true }),
  language: choice(
    'The language whose words are brought to their stems; `simple` leaves words as they are. After a change the index is made anew, in the background.',
    LANGUAGES,
    { default: 'english' },
  ),
});

export type SearchSettings = Configured<typeof search>;
