/** The parameters of a link to a policy, as they came. */
export interface ReaderLink {
  /** The user: a whole user id or a localpart. */
  readonly u?: string;
  /** The signature of `u`. */
  readonly h?: string;
  /** A version. */
  readonly v?: string;
  /** A policy, by its name. */
  readonly p?: string;
  /** A language. */
  readonly l?: string;
}

/** The languages in which somebody wants to read, the best first: as the link says, as the browser does, as the account does. */
export function wantedLanguages({ l }: ReaderLink, ofBrowser: readonly string[], reader?: Reader): readonly string[] {
  const language = reader?.language;
  return [...(l === undefined ? [] : [l]), ...ofBrowser, ...(language === undefined ? [] : [language])];
}

/** Who reads, as their link says. */
export interface Reader {
  readonly userId: string;
  /** As it stands in the link. */
  readonly user: string;
  readonly signature: string;
  /** The user's own, as far as it is known. */
  readonly language?: string;
}
