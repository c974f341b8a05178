import type { JsonObject } from '@plexus/matrix-base';

/** `markdown`: shown within our own page. `html`: a whole page, with places for what is about the user. */
export type DocumentFormat = 'markdown' | 'html';

/** A text that users see in one language: the policy itself, or what is shown when they have agreed. */
export interface PolicyDocument {
  /** As `en` or `pt-br`. */
  readonly language: string;
  readonly purpose: 'policy' | 'success';
  readonly format: DocumentFormat;
  readonly title?: string;
  readonly source: string;
  /** SHA-256 of the source. */
  readonly sha256: Buffer;
}

/** What was published under one name. A version never changes, but for the date from which it blocks. */
export interface PolicyVersion {
  /** Grows from version to version. Who agrees to a version has agreed to all earlier ones of the policy. */
  readonly versionNid: number;
  readonly version: string;
  /** From then on it is the one that is shown, in milliseconds since the epoch. */
  readonly effectiveAt: number;
  /** From then on who has not agreed to it may not write; nothing: never. */
  readonly blockAt?: number;
  readonly publishedAt: number;
  /** Its languages, sorted. */
  readonly languages: readonly string[];
}

/** How a policy is asked for. */
export interface PolicySettings {
  /** What it is called for users, unless a document says so. */
  readonly title: string;
  /** Whether accounts are registered with consent only. */
  readonly isRequiredAtRegistration: boolean;
  /** What users are told who may not write; has `%(consent_uri)s` where the link goes. */
  readonly blockError?: string;
  /** The notice that asks users for their consent; nothing: there is none. */
  readonly noticeContent?: JsonObject;
  /** The notice by language, instead of the content above. */
  readonly noticeTranslations?: Readonly<Record<string, JsonObject>>;
  readonly notifiesGuests: boolean;
}

export interface Policy extends PolicySettings {
  readonly policyNid: number;
  /** Empty: of the deployment, for every hosted server that has none of its own in force. */
  readonly serverName: string;
  /** As in links, for example `privacy_policy`. */
  readonly name: string;
  readonly origin: 'configuration' | 'admin-api';
  /** By `versionNid`. */
  readonly versions: readonly PolicyVersion[];
}

/** All policies, in a copy that follows a change made here at once and one made in another process within a second. */
export interface Policies {
  /** Those that are asked of the users of a hosted server, see `policiesInForce`. The same list as before where nothing has changed. */
  policiesOf(serverName: string): readonly Policy[];
  /** In the order of servers and names. */
  list(): readonly Policy[];
}

export interface PolicyDocumentReader {
  /** All documents of a version. */
  findDocuments(versionNid: number): Promise<PolicyDocument[]>;
}

export interface NewPolicyVersion {
  readonly version: string;
  /** Nothing: now. */
  readonly effectiveAt?: number;
  readonly blockAt?: number;
  /** At least one policy. */
  readonly documents: readonly PolicyDocument[];
}

/** `version-exists`: the policy has a version of this name. `too-early`: it would be effective before a version that is published already. */
export type PublishOutcome = 'published' | 'unknown-policy' | 'version-exists' | 'too-early';

/** Writes policies. When a method resolves, this process's `Policies` show the change. */
export interface PolicyRepository extends Policies, PolicyDocumentReader {
  /** When it resolves, this process's `Policies` show what any process had written when it was called. */
  refresh(): Promise<void>;
  /** Adds a policy, or gives it other settings; it is asked for again where it was retired. */
  storePolicy(policy: Pick<Policy, 'serverName' | 'name' | 'origin'> & PolicySettings): Promise<Policy>;
  /** Nobody is asked for it any more. False where there is no such policy. */
  retirePolicy(policyNid: number): Promise<boolean>;
  publishVersion(policyNid: number, version: NewPolicyVersion): Promise<PublishOutcome>;
  /** False where there is no such version. */
  setBlockDate(versionNid: number, blockAt: number | undefined): Promise<boolean>;
  /** Takes a version back that is not effective yet and that nobody has agreed to. */
  removeVersion(versionNid: number): Promise<boolean>;
}

/**
 * Of a hosted server's own policies and the deployment's those that are asked of its users: its own, all of them, as soon as one has a version that is
 * effective, else the deployment's. What is only prepared replaces nothing: until then nobody would be asked for anything.
 */
export function policiesInForce(own: readonly Policy[], common: readonly Policy[], now: number): readonly Policy[] {
  return own.some(({ versions }) => versions.some(({ effectiveAt }) => effectiveAt <= now)) ? own : common;
}
