import type { Clock } from '@plexus/matrix-base';
import { findTemplateFault } from '@plexus/policies';
import { StartError } from '@plexus/service-shell';
import type { Policy, PolicyRepository, PolicyVersion } from '@plexus/storage';
import type { ConfiguredPolicy } from './configured-policies.ts';

/** The one policy that a configuration can have, per server; Synapse calls it so too. */
export const CONFIGURED_NAME = 'privacy_policy';

/** What the configuration has that is published otherwise, and stays so. */
export interface KeptPolicies {
  /** Texts that differ from what is published under their version. */
  readonly texts: readonly string[];
  /** Versions that were published before another one, which users are still asked for. */
  readonly versions: readonly string[];
}

/**
 * Makes the policies those of the configuration, as far as it has any: settings are written at each start, a version is published when its name is
 * new. What was published under a name stays: users agreed to that text. A policy that the configuration had and has no more is retired.
 */
export class SeedPolicies {
  readonly #policies: PolicyRepository;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(policies: PolicyRepository, clock: Pick<Clock, 'now'>) {
    this.#policies = policies;
    this.#clock = clock;
  }

  /** Throws `StartError` for a template with a fault. */
  async execute(configured: readonly ConfiguredPolicy[]): Promise<KeptPolicies> {
    const kept: KeptPolicies[] = [];
    for (const policy of configured) kept.push(await this.#seed(policy));
    const names = new Set(configured.map(({ serverName }) => serverName));
    const gone = this.#policies.list().filter((one) => one.origin === 'configuration' && !names.has(one.serverName));
    for (const { policyNid } of gone) await this.#policies.retirePolicy(policyNid);
    return { texts: kept.flatMap(({ texts }) => texts), versions: kept.flatMap(({ versions }) => versions) };
  }

  async #seed(configured: ConfiguredPolicy): Promise<KeptPolicies> {
    const { version: name, effectiveAt, blocks, documents, ...settings } = configured;
    await requireSound(documents, name);
    const policy = await this.#policies.storePolicy({ ...settings, name: CONFIGURED_NAME, origin: 'configuration' });
    const { policyNid } = policy;
    const version = { version: name, documents, ...(effectiveAt !== undefined && { effectiveAt }) };
    const outcome = findVersion(policy, name)
      ? 'version-exists'
      : await this.#policies.publishVersion(policyNid, version);
    if (outcome === 'too-early')
      throw new StartError(`Version ${name} of a policy would be effective before one that is published already.`);
    const stored = this.#policies.list().find((one) => one.policyNid === policyNid);
    const published = findVersion(stored, name);
    if (published === undefined) return { texts: [], versions: [] };
    if (blocks === 'never') await this.#stopBlocking(stored?.versions ?? []);
    else await this.#setBlockDate(published, blocks);
    const isSuperseded = stored?.versions.at(-1)?.versionNid !== published.versionNid;
    return { texts: await this.#findDiffering(published, documents), versions: isSuperseded ? [name] : [] };
  }

  /** Earlier versions too: whoever has agreed to none would be blocked by them. */
  async #stopBlocking(versions: readonly PolicyVersion[]): Promise<void> {
    for (const { versionNid, blockAt } of versions)
      if (blockAt !== undefined) await this.#policies.setBlockDate(versionNid, undefined);
  }

  async #setBlockDate(
    { versionNid, effectiveAt, blockAt }: PolicyVersion,
    blocks: Exclude<ConfiguredPolicy['blocks'], 'never'>,
  ): Promise<void> {
    const atOnce = blockAt ?? Math.max(effectiveAt, this.#clock.now());
    const wanted = blocks === 'at-once' ? atOnce : blocks;
    if (wanted !== blockAt) await this.#policies.setBlockDate(versionNid, wanted);
  }

  async #findDiffering(
    { versionNid, version }: PolicyVersion,
    documents: ConfiguredPolicy['documents'],
  ): Promise<string[]> {
    const published = await this.#policies.findDocuments(versionNid);
    const differing = documents.filter(
      ({ language, purpose, sha256 }) =>
        published.find((one) => one.language === language && one.purpose === purpose)?.sha256.equals(sha256) !== true,
    );
    return differing.map(({ language, purpose }) => `${language}/${purpose === 'policy' ? version : purpose}`);
  }
}

function findVersion(policy: Policy | undefined, name: string): PolicyVersion | undefined {
  return policy?.versions.find(({ version }) => version === name);
}

async function requireSound(documents: ConfiguredPolicy['documents'], version: string): Promise<void> {
  for (const { format, source, language, purpose } of documents) {
    const fault = format === 'html' ? await findTemplateFault(source) : undefined;
    const name = purpose === 'policy' ? version : purpose;
    if (fault !== undefined) throw new StartError(`The template ${language}/${name}.html has a fault: ${fault}`);
  }
}
