import Negotiator from 'negotiator';

/** The languages that an `Accept-Language` header asks for, the most wanted first; those that are refused and `*` are left out. */
export function readLanguages(header: string | undefined): string[] {
  if (header === undefined) return [];
  const asked = new Negotiator({ headers: { 'accept-language': header } }).languages();
  return asked.filter((language) => language !== '*').map((language) => language.toLowerCase());
}
