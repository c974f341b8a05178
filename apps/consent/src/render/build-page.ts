import { escapeHtml } from '@plexus/service-shell';
import { PAGE_STYLE } from './page-style.ts';

export interface PageParts {
  readonly language: string;
  readonly title: string;
  /** Markup before the main part. */
  readonly header?: string;
  /** Markup. */
  readonly main: string;
}

/** A page around some markup; what comes from elsewhere is escaped in it already. */
export function buildPage({ language, title, header = '', main }: PageParts): string {
  return `<!doctype html>
<html ${languageAttributes(language)}>
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>${escapeHtml(title)}</title>
<style>${PAGE_STYLE}</style></head>
<body>
<header>${header}<h1>${escapeHtml(title)}</h1></header>
<main>
${main}
</main>
</body>
</html>
`;
}

const RIGHT_TO_LEFT = new Set(['ar', 'dv', 'fa', 'he', 'ku', 'ps', 'sd', 'ug', 'ur', 'yi']);

/** So that a screen reader pronounces it, and it runs the right way. */
export function languageAttributes(language: string): string {
  const direction = RIGHT_TO_LEFT.has(language.split('-', 1)[0]?.toLowerCase() ?? '') ? 'rtl' : 'ltr';
  return `lang="${escapeHtml(language)}" dir="${direction}"`;
}

/** Puts values into a text of ours, as markup. */
export function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return escapeHtml(text).replaceAll(/\{(\w+)\}/g, (found, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    return value === undefined ? found : escapeHtml(value);
  });
}
