import { renderMarkdown, renderTemplate } from '@plexus/policies';
import type { TemplateScope } from '@plexus/policies';
import type { MatrixError } from '@plexus/matrix-base';
import { escapeHtml } from '@plexus/service-shell';
import type { Policy, PolicyDocument, PolicyVersion } from '@plexus/storage';
import type { SuccessView } from '../pages/accept-policy.ts';
import type { Reader } from '../pages/reader-link.ts';
import type { PolicyView } from '../pages/show-policy.ts';
import { buildPage, fillIn, languageAttributes } from './build-page.ts';
import { PAGE_POLICY, TEMPLATE_POLICY } from './page-style.ts';
import { pageTexts } from './page-texts.ts';
import type { PageTexts } from './page-texts.ts';

/** A page with the policy that says what it may do in a browser. */
export interface RenderedPage {
  readonly markup: string;
  readonly contentSecurityPolicy: string;
}

/** The page of a policy: the text, and for a user the form by which they agree to it. */
export async function renderPolicyPage(view: PolicyView): Promise<RenderedPage> {
  const { document, reader, agreedAt } = view;
  if (document.format === 'html') return renderWhole(document, scopeOf(view, reader, agreedAt !== undefined));
  const { language, texts } = pageTexts([document.language]);
  const text = await renderMarkdown(document.source);
  const main = `<article ${languageAttributes(document.language)}>\n${text}</article>\n${agreement(view, texts, language)}`;
  return ours({
    language,
    title: document.title ?? view.policy.title,
    header: `${otherLanguages(view, texts)}${about(view, texts, language)}`,
    main,
  });
}

/** What is shown to who has just agreed. */
export async function renderSuccessPage(view: SuccessView): Promise<RenderedPage> {
  const { document, policy, reader, next } = view;
  if (document?.format === 'html') return renderWhole(document, scopeOf({ ...view, document }, reader, true));
  const { language, texts } = pageTexts([view.language]);
  const own = document === undefined ? undefined : await renderMarkdown(document.source);
  const said = own ?? `<p>${fillIn(texts.thanksMore, { policy: policy.title })}</p>`;
  const onward =
    next === undefined
      ? ''
      : `<p><a class="button" href="${escapeHtml(linkTo({ reader, policy: next.name }))}">${fillIn(texts.next, { policy: next.title })}</a></p>`;
  return ours({ language, title: document?.title ?? texts.thanks, main: `${said}${onward}` });
}

/** What went wrong, for somebody with a browser. */
export function renderErrorPage(error: MatrixError, wanted: readonly string[]): RenderedPage {
  const { language, texts } = pageTexts(wanted);
  const main = `<p>${escapeHtml(texts.failedMore)}</p>
<p class="about">${escapeHtml(`${error.errcode}: ${error.message}`)}</p>`;
  return ours({ language, title: texts.failed, main });
}

function ours(parts: Parameters<typeof buildPage>[0]): RenderedPage {
  return { markup: buildPage(parts), contentSecurityPolicy: PAGE_POLICY };
}

async function renderWhole(document: PolicyDocument, scope: TemplateScope): Promise<RenderedPage> {
  return { markup: await renderTemplate(document.source, scope), contentSecurityPolicy: TEMPLATE_POLICY };
}

interface Shown {
  readonly policy: Policy;
  readonly version: PolicyVersion;
  readonly document: PolicyDocument;
}

function scopeOf(
  { policy, version, document }: Shown,
  reader: Reader | undefined,
  hasConsented: boolean,
): TemplateScope {
  return {
    version: version.version,
    policy: policy.name,
    policy_name: document.title ?? policy.title,
    language: document.language,
    has_consented: hasConsented,
    public_version: reader === undefined,
    ...(reader !== undefined && { user: reader.user, userhmac: reader.signature }),
  };
}

function about({ version }: PolicyView, texts: PageTexts, language: string): string {
  const since = dateOf(version.effectiveAt, language);
  return `<p class="about">${escapeHtml(`${texts.version} ${version.version}, ${texts.effectiveSince} ${since}`)}</p>`;
}

function agreement(
  { policy, version, document, reader, agreedAt }: PolicyView,
  texts: PageTexts,
  language: string,
): string {
  if (reader === undefined) return '';
  if (agreedAt !== undefined)
    return `<p class="agreed">${fillIn(texts.agreed, { date: dateOf(agreedAt, language) })}</p>`;
  const sent = { u: reader.user, h: reader.signature, v: version.version, p: policy.name, l: document.language };
  const fields = Object.entries(sent).map(
    ([name, value]) => `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`,
  );
  return `<form method="post" action="consent">${fields.join('')}
<p>${fillIn(texts.agreeing, { user: reader.userId })}</p>
<button>${escapeHtml(texts.agree)}</button></form>`;
}

function otherLanguages({ policy, version, document, reader, isOneOfSeveral }: PolicyView, texts: PageTexts): string {
  if (version.languages.length < 2) return '';
  const items = version.languages.map((language) => {
    const name = escapeHtml(nameOf(language));
    if (language === document.language) return `<li><span aria-current="true">${name}</span></li>`;
    const link = linkTo({
      reader,
      policy: isOneOfSeveral ? policy.name : undefined,
      version: version.version,
      language,
    });
    return `<li><a href="${escapeHtml(link)}" lang="${escapeHtml(language)}" hreflang="${escapeHtml(language)}">${name}</a></li>`;
  });
  return `<nav aria-label="${escapeHtml(texts.languages)}"><ul>${items.join('')}</ul></nav>`;
}

/** Relative: whatever the address under which the page was reached. */
function linkTo({
  reader,
  policy,
  version,
  language,
}: {
  readonly reader: Reader | undefined;
  readonly policy: string | undefined;
  readonly version?: string;
  readonly language?: string;
}): string {
  const parameters = new URLSearchParams();
  const given = { u: reader?.user, h: reader?.signature, v: version, p: policy, l: language };
  for (const [name, value] of Object.entries(given)) if (value !== undefined) parameters.set(name, value);
  return `consent?${parameters.toString()}`;
}

function nameOf(language: string): string {
  try {
    return new Intl.DisplayNames([language], { type: 'language' }).of(language) ?? language;
  } catch (error) {
    if (error instanceof RangeError) return language;
    throw error;
  }
}

function dateOf(time: number, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(time);
}
