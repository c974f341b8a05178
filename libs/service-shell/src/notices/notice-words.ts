import { findByLanguage } from './find-by-language.ts';

interface BuiltInWords {
  readonly usageLimit: string;
}

const ENGLISH: BuiltInWords = {
  usageLimit:
    'This server has more active users than it may have. Some of its users may not be able to use it until this is changed.',
};

/** What is said where the operator has no words of their own. */
const WORDS: Readonly<Record<string, BuiltInWords>> = {
  en: ENGLISH,
  de: {
    usageLimit:
      'Dieser Server hat mehr aktive Benutzer, als er haben darf. Bis das geändert ist, können ihn manche vielleicht nicht nutzen.',
  },
  es: {
    usageLimit:
      'Este servidor tiene más usuarios activos de los permitidos. Es posible que algunos no puedan usarlo hasta que esto cambie.',
  },
  fr: {
    usageLimit:
      'Ce serveur a plus d’utilisateurs actifs qu’il ne peut en avoir. Certains pourraient ne pas pouvoir l’utiliser en attendant.',
  },
};

export function hasWords(language: string): boolean {
  return findByLanguage(WORDS, language) !== undefined;
}

export function wordsOf(language: string): BuiltInWords {
  return findByLanguage(WORDS, language) ?? ENGLISH;
}
