/** How somebody agreed: on the page, or while they registered. */
export type ConsentWay = 'page' | 'registration';

/** Says that a user agreed to a text. */
export interface Consent {
  readonly userId: string;
  readonly policyNid: number;
  readonly policy: string;
  readonly versionNid: number;
  readonly version: string;
  /** In which they read it; nothing where any of the version's may have been shown. */
  readonly language?: string;
  /** SHA-256 of the text that was shown; of all texts of the version where it is not known which one that was. */
  readonly textSha256: Buffer;
  /** Milliseconds since the epoch. */
  readonly acceptedAt: number;
  /** From which the request came. */
  readonly address: string;
  readonly way: ConsentWay;
}

export interface NewConsent {
  readonly versionNid: number;
  readonly language?: string;
  readonly address: string;
  readonly way: ConsentWay;
}

/** A version without which users may not write now. */
export interface RequiredConsent {
  readonly policyNid: number;
  readonly policy: string;
  readonly versionNid: number;
  /** Whether the user has agreed to it, or to a later one. */
  readonly isGiven: boolean;
}

export interface ConsentReader {
  /** The oldest first. */
  findConsents(userId: string): Promise<Consent[]>;
  /** What blocks a user of this server at the moment, by Postgres's clock and as of all commits. */
  findRequired(userId: string): Promise<RequiredConsent[]>;
  /** A page of the consents of a server's users, in the order of users and versions; `after` is exclusive. */
  listConsents(
    serverName: string,
    page: { readonly after?: Pick<Consent, 'userId' | 'versionNid'>; readonly limit: number },
  ): Promise<Consent[]>;
}

/** `known`: the user has agreed to this version before, and that stays. */
export type ConsentOutcome = 'stored' | 'known' | 'unknown-user' | 'unknown-version';

export interface ConsentRepository extends ConsentReader {
  storeConsent(userId: string, consent: NewConsent): Promise<ConsentOutcome>;
}

/** The keys by which links to consent pages are signed. */
export interface ConsentKeyReader {
  /** 32 bytes; nothing where the server is not hosted here. */
  findConsentKey(serverName: string): Promise<Buffer | undefined>;
}
