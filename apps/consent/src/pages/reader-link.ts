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

/** Who reads, as their link says. */
export interface Reader {
  readonly userId: string;
  /** As it stands in the link. */
  readonly user: string;
  readonly signature: string;
}
