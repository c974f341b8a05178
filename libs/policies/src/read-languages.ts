import Negotiator from 'negotiator';

/** A language tag, as far as anybody would ask for it (https://www.rfc-editor.org/rfc/rfc5646#section-2.1). */
const TAG = /^[a-z]{2,8}(-[a-z0-9]{1,8}){0,3}$/;

/**
 * The languages that an `Accept-Language` header asks for, the most wanted first, in lower case; those that are refused, `*`, and what is no
 * language are left out.
 */
export function readLanguages(header: string | undefined): string[] {
  if (header === undefined) return [];
  const asked = new Negotiator({ headers: { 'accept-language': header } }).languages();
  return asked.map((language) => language.toLowerCase()).filter((language) => TAG.test(language));
}
