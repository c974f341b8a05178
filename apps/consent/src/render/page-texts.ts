import { chooseLanguage } from '@plexus/policies';

/** What the pages themselves say. */
export interface PageTexts {
  readonly version: string;
  readonly effectiveSince: string;
  readonly languages: string;
  readonly agreeing: string;
  readonly agree: string;
  readonly agreed: string;
  readonly thanks: string;
  readonly thanksMore: string;
  readonly next: string;
  readonly failed: string;
  readonly failedMore: string;
}

const TEXTS: Readonly<Record<string, PageTexts>> = {
  en: {
    version: 'Version',
    effectiveSince: 'effective from',
    languages: 'Other languages',
    agreeing: 'By choosing “I agree” you, {user}, agree to this text.',
    agree: 'I agree',
    agreed: 'You agreed to this on {date}.',
    thanks: 'Thank you',
    thanksMore: 'You have agreed to “{policy}”. You may close this page and go on in your app.',
    next: 'Continue with “{policy}”',
    failed: 'This did not work',
    failedMore: 'Please open the link again exactly as you received it, or ask your administrator for a new one.',
  },
  de: {
    version: 'Fassung',
    effectiveSince: 'gültig ab',
    languages: 'Andere Sprachen',
    agreeing: 'Mit „Ich stimme zu“ erklären Sie, {user}, Ihre Zustimmung zu diesem Text.',
    agree: 'Ich stimme zu',
    agreed: 'Sie haben am {date} zugestimmt.',
    thanks: 'Danke',
    thanksMore: 'Sie haben „{policy}“ zugestimmt. Sie können diese Seite schließen und in Ihrer App fortfahren.',
    next: 'Weiter mit „{policy}“',
    failed: 'Das hat nicht geklappt',
    failedMore:
      'Bitte öffnen Sie den Link noch einmal genau so, wie Sie ihn bekommen haben, oder bitten Sie um einen neuen.',
  },
  fr: {
    version: 'Version',
    effectiveSince: 'en vigueur à partir du',
    languages: 'Autres langues',
    agreeing: 'En choisissant « J’accepte », vous, {user}, acceptez ce texte.',
    agree: 'J’accepte',
    agreed: 'Vous avez accepté ce texte le {date}.',
    thanks: 'Merci',
    thanksMore: 'Vous avez accepté « {policy} ». Vous pouvez fermer cette page et continuer dans votre application.',
    next: 'Continuer avec « {policy} »',
    failed: 'Cela n’a pas fonctionné',
    failedMore: 'Veuillez rouvrir le lien exactement tel que vous l’avez reçu, ou en demander un nouveau.',
  },
  es: {
    version: 'Versión',
    effectiveSince: 'vigente desde el',
    languages: 'Otros idiomas',
    agreeing: 'Al elegir «Acepto», usted, {user}, acepta este texto.',
    agree: 'Acepto',
    agreed: 'Usted lo aceptó el {date}.',
    thanks: 'Gracias',
    thanksMore: 'Ha aceptado «{policy}». Puede cerrar esta página y continuar en su aplicación.',
    next: 'Continuar con «{policy}»',
    failed: 'No ha funcionado',
    failedMore: 'Abra de nuevo el enlace tal como lo recibió, o pida uno nuevo a su administrador.',
  },
};

/** The texts in the language that suits best, and which one that is. */
export function pageTexts(wanted: readonly string[]): { readonly language: string; readonly texts: PageTexts } {
  const language = chooseLanguage(Object.keys(TEXTS), wanted) ?? 'en';
  const texts = TEXTS[language];
  if (texts === undefined) throw new TypeError(`there are no texts in ${language}`);
  return { language, texts };
}
