export { findCurrentVersion, findRequiredVersion, hasAgreedTo } from './policy-versions.ts';
export { baseUrlOf, buildConsentUri, buildPolicyUri, isSignedUser, signUser } from './consent-links.ts';
export type { ConsentLink } from './consent-links.ts';
export { substituteConsentUri, substituteInContent } from './substitute-consent-uri.ts';
export { readLanguages } from './read-languages.ts';
export { chooseLanguage } from './choose-language.ts';
export { renderMarkdown } from './documents/render-markdown.ts';
export { findTemplateFault, renderTemplate } from './documents/render-template.ts';
export type { TemplateScope } from './documents/render-template.ts';
