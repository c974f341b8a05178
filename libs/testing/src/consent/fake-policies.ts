import { serverNameOf } from '@plexus/matrix-base';
import { policiesInForce } from '@plexus/storage';
import type {
  Consent,
  ConsentOutcome,
  ConsentRepository,
  NewConsent,
  NewPolicyVersion,
  Policy,
  PolicyDocument,
  PolicyRepository,
  PolicySettings,
  PolicyVersion,
  PublishOutcome,
  RequiredConsent,
} from '@plexus/storage';

/** Policies and who agreed to them, in memory; `now` counts milliseconds as Postgres's clock would. */
export class FakePolicies implements PolicyRepository, ConsentRepository {
  readonly documents = new Map<number, readonly PolicyDocument[]>();
  readonly consents: Consent[] = [];
  /** Users who are not there. */
  readonly unknownUsers = new Set<string>();
  readonly #policies: Policy[] = [];
  readonly #retired = new Set<number>();
  #lastNid = 0;
  now: () => number = () => Date.now();

  async refresh(): Promise<void> {}

  policiesOf(serverName: string): readonly Policy[] {
    const [own, common] = [serverName, ''].map((name) => this.list().filter((policy) => policy.serverName === name));
    return policiesInForce(own ?? [], common ?? [], this.now());
  }

  list(): readonly Policy[] {
    return this.#policies
      .filter(({ policyNid }) => !this.#retired.has(policyNid))
      .toSorted((a, b) => (`${a.serverName} ${a.name}` < `${b.serverName} ${b.name}` ? -1 : 1));
  }

  async storePolicy(policy: Pick<Policy, 'serverName' | 'name' | 'origin'> & PolicySettings): Promise<Policy> {
    const index = this.#policies.findIndex((one) => one.serverName === policy.serverName && one.name === policy.name);
    const former = this.#policies[index];
    const stored = { ...policy, policyNid: former?.policyNid ?? ++this.#lastNid, versions: former?.versions ?? [] };
    if (former === undefined) this.#policies.push(stored);
    else this.#policies[index] = stored;
    this.#retired.delete(stored.policyNid);
    return stored;
  }

  async retirePolicy(policyNid: number): Promise<boolean> {
    if (!this.list().some((one) => one.policyNid === policyNid)) return false;
    this.#retired.add(policyNid);
    return true;
  }

  async publishVersion(
    policyNid: number,
    { version, effectiveAt = this.now(), blockAt, documents }: NewPolicyVersion,
  ): Promise<PublishOutcome> {
    const policy = this.list().find((one) => one.policyNid === policyNid);
    if (policy === undefined) return 'unknown-policy';
    if (policy.versions.some((one) => one.version === version)) return 'version-exists';
    if (policy.versions.some((one) => one.effectiveAt > effectiveAt)) return 'too-early';
    const versionNid = ++this.#lastNid;
    this.documents.set(versionNid, documents);
    const texts = documents.filter(({ purpose }) => purpose === 'policy');
    const languages = texts.map(({ language }) => language).toSorted();
    const dates = { effectiveAt, publishedAt: this.now(), ...(blockAt !== undefined && { blockAt }) };
    this.#replace(policyNid, [...policy.versions, { versionNid, version, languages, ...dates }]);
    return 'published';
  }

  async setBlockDate(versionNid: number, blockAt: number | undefined): Promise<boolean> {
    const policy = this.#policyOf(versionNid);
    if (policy === undefined) return false;
    const versions = policy.versions.map((version) => {
      if (version.versionNid !== versionNid) return version;
      const { blockAt: _former, ...rest } = version;
      return blockAt === undefined ? rest : { ...rest, blockAt };
    });
    this.#replace(policy.policyNid, versions);
    return true;
  }

  async removeVersion(versionNid: number): Promise<boolean> {
    const policy = this.#policyOf(versionNid);
    const version = policy?.versions.find((one) => one.versionNid === versionNid);
    const isAgreed = this.consents.some((consent) => consent.versionNid === versionNid);
    if (policy === undefined || version === undefined || version.effectiveAt <= this.now() || isAgreed) return false;
    this.#replace(
      policy.policyNid,
      policy.versions.filter((one) => one !== version),
    );
    return true;
  }

  async findDocuments(versionNid: number): Promise<PolicyDocument[]> {
    return [...(this.documents.get(versionNid) ?? [])];
  }

  async storeConsent(userId: string, { versionNid, ...consent }: NewConsent): Promise<ConsentOutcome> {
    if (this.unknownUsers.has(userId)) return 'unknown-user';
    const policy = this.#policyOf(versionNid);
    const version = policy?.versions.find((one) => one.versionNid === versionNid);
    if (policy === undefined || version === undefined) return 'unknown-version';
    if (this.consents.some((one) => one.userId === userId && one.versionNid === versionNid)) return 'known';
    const shown = this.documents.get(versionNid)?.find((one) => one.language === consent.language);
    this.consents.push({
      ...consent,
      userId,
      policyNid: policy.policyNid,
      policy: policy.name,
      versionNid,
      version: version.version,
      textSha256: shown?.sha256 ?? Buffer.alloc(32),
      acceptedAt: this.now(),
    });
    return 'stored';
  }

  async findConsents(userId: string): Promise<Consent[]> {
    return this.consents.filter((consent) => consent.userId === userId);
  }

  async findRequired(userId: string): Promise<RequiredConsent[]> {
    return this.policiesOf(serverNameOf(userId)).flatMap(({ policyNid, name, versions }) => {
      const now = this.now();
      const required = versions.findLast(({ effectiveAt, blockAt = Infinity }) => effectiveAt <= now && blockAt <= now);
      if (required === undefined) return [];
      const { versionNid } = required;
      const isGiven = this.consents.some(
        (one) => one.userId === userId && one.policyNid === policyNid && one.versionNid >= versionNid,
      );
      return [{ policyNid, policy: name, versionNid, isGiven }];
    });
  }

  async listConsents(
    serverName: string,
    { after, limit }: Parameters<ConsentRepository['listConsents']>[1],
  ): Promise<Consent[]> {
    return this.consents
      .filter(({ userId }) => serverNameOf(userId) === serverName)
      .toSorted((a, b) => compare(a, b))
      .filter((consent) => after === undefined || compare(after, consent) < 0)
      .slice(0, limit);
  }

  #policyOf(versionNid: number): Policy | undefined {
    return this.#policies.find(({ versions }) => versions.some((one) => one.versionNid === versionNid));
  }

  #replace(policyNid: number, versions: readonly PolicyVersion[]): void {
    const index = this.#policies.findIndex((one) => one.policyNid === policyNid);
    const policy = this.#policies[index];
    if (policy !== undefined) this.#policies[index] = { ...policy, versions };
  }
}

type Place = Pick<Consent, 'userId' | 'versionNid'>;

function compare(a: Place, b: Place): number {
  if (a.userId !== b.userId) return a.userId < b.userId ? -1 : 1;
  return a.versionNid - b.versionNid;
}
