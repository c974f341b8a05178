import { createHash } from 'node:crypto';
import type { PolicyDocumentBody, PublishVersionRequest } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import { findTemplateFault } from '@plexus/policies';
import type { Requester } from '@plexus/service-shell';
import type {
  HostedServers,
  Policy,
  PolicyDocument,
  PolicyRepository,
  PolicySettings,
  PolicyVersion,
} from '@plexus/storage';

export interface ManagePoliciesPorts {
  readonly policies: PolicyRepository;
  readonly servers: Pick<HostedServers, 'isHosted'>;
  readonly clock: Pick<Clock, 'now'>;
}

type Administrator = Pick<Requester, 'serverName' | 'isDeploymentAdmin'>;

/** Stands for the deployment where a path names a server: no server can be called so. */
export const DEPLOYMENT = '_deployment';
const NAME = /^[a-z0-9_.-]{1,64}$/;

/**
 * Administrators' policies: those of a hosted server are its administrators', those of the deployment the deployment's. What one replica has
 * changed the next request sees at any other.
 */
export class ManagePolicies {
  readonly #ports: ManagePoliciesPorts;

  constructor(ports: ManagePoliciesPorts) {
    this.#ports = ports;
  }

  /** Those that the administrator may change, and the deployment's. */
  async list(requester: Administrator, serverName: string | undefined): Promise<Policy[]> {
    await this.#ports.policies.refresh();
    const all = this.#ports.policies.list();
    const seen = all.filter((one) => one.serverName === '' || mayChange(requester, one.serverName));
    return serverName === undefined ? seen : seen.filter((one) => one.serverName === writtenServer(serverName));
  }

  /** Throws 404. */
  async get(requester: Administrator, server: string, name: string): Promise<Policy> {
    const serverName = writtenServer(server);
    if (serverName !== '') this.#requireChangeable(requester, serverName);
    await this.#ports.policies.refresh();
    const found = this.#ports.policies.list().find((one) => one.serverName === serverName && one.name === name);
    if (found === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'There is no such policy');
    return found;
  }

  async store(requester: Administrator, { server, name }: PolicyPath, settings: PolicySettings): Promise<Policy> {
    const serverName = writtenServer(server);
    this.#requireChangeable(requester, serverName);
    if (!NAME.test(name)) throw new MatrixError('M_INVALID_PARAM', 400, `The name of a policy is ${NAME.source}`);
    for (const content of [settings.noticeContent, ...Object.values(settings.noticeTranslations ?? {})]) {
      if (content !== undefined && typeof content['body'] !== 'string')
        throw new MatrixError('M_BAD_JSON', 400, 'A notice has a "body"');
    }
    return this.#ports.policies.storePolicy({ ...settings, serverName, name, origin: 'admin-api' });
  }

  async retire(requester: Administrator, { server, name }: PolicyPath): Promise<void> {
    const { policyNid } = await this.#getToChange(requester, { server, name });
    await this.#ports.policies.retirePolicy(policyNid);
  }

  /** Throws 400 for a text that cannot be shown, 409 for a version that is there already or would be effective too early. */
  async publish(requester: Administrator, path: PolicyPath, asked: PublishVersionRequest): Promise<Policy> {
    const { policyNid } = await this.#getToChange(requester, path);
    const { version, effective_at: effectiveAt, block_at: blockAt } = asked;
    const documents = asked.documents.map(documentOf);
    await requireSound(documents);
    const outcome = await this.#ports.policies.publishVersion(policyNid, {
      version,
      documents,
      ...(effectiveAt !== undefined && { effectiveAt }),
      ...(blockAt !== undefined && blockAt !== null && { blockAt }),
    });
    if (outcome === 'version-exists') throw conflict('There is a version of this name: its text stays as it is');
    if (outcome === 'too-early') throw conflict('A version that is published already is effective later');
    return this.get(requester, path.server, path.name);
  }

  async setBlockDate(
    requester: Administrator,
    path: PolicyPath,
    { version: name, blockAt }: { readonly version: string; readonly blockAt: number | undefined },
  ): Promise<Policy> {
    const version = this.#getVersion(await this.#getToChange(requester, path), name);
    await this.#ports.policies.setBlockDate(version.versionNid, blockAt);
    return this.get(requester, path.server, path.name);
  }

  /** Throws 409 for a version that is effective, or that somebody has agreed to. */
  async withdraw(requester: Administrator, path: PolicyPath, name: string): Promise<void> {
    const version = this.#getVersion(await this.#getToChange(requester, path), name);
    if (await this.#ports.policies.removeVersion(version.versionNid)) return;
    throw conflict('This version is effective, or somebody has agreed to it: publish another one');
  }

  async read(
    requester: Administrator,
    path: PolicyPath,
    name: string,
  ): Promise<{ readonly version: PolicyVersion; readonly documents: PolicyDocument[] }> {
    const version = this.#getVersion(await this.get(requester, path.server, path.name), name);
    return { version, documents: await this.#ports.policies.findDocuments(version.versionNid) };
  }

  #getToChange(requester: Administrator, { server, name }: PolicyPath): Promise<Policy> {
    this.#requireChangeable(requester, writtenServer(server));
    return this.get(requester, server, name);
  }

  #getVersion({ versions }: Policy, name: string): PolicyVersion {
    const version = versions.find((one) => one.version === name);
    if (version === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'There is no such version');
    return version;
  }

  #requireChangeable(requester: Administrator, serverName: string): void {
    if (!mayChange(requester, serverName))
      throw new MatrixError('M_FORBIDDEN', 403, 'These policies are for others to administer');
    if (serverName !== '' && !this.#ports.servers.isHosted(serverName))
      throw new MatrixError('M_NOT_FOUND', 404, `The server ${serverName} is not hosted here`);
  }
}

/** As a path names a policy. */
export interface PolicyPath {
  readonly server: string;
  readonly name: string;
}

function writtenServer(server: string): string {
  return server === DEPLOYMENT ? '' : server;
}

function mayChange({ isDeploymentAdmin, serverName: own }: Administrator, serverName: string): boolean {
  return isDeploymentAdmin || serverName === own;
}

function conflict(message: string): MatrixError {
  return new MatrixError('M_UNKNOWN', 409, message);
}

function documentOf({ language, purpose = 'policy', format, title, source }: PolicyDocumentBody): PolicyDocument {
  const sha256 = createHash('sha256').update(source).digest();
  return { language, purpose, format, source, sha256, ...(title !== undefined && { title }) };
}

async function requireSound(documents: readonly PolicyDocument[]): Promise<void> {
  const places = new Set(documents.map(({ purpose, language }) => `${purpose} ${language.toLowerCase()}`));
  if (places.size < documents.length)
    throw new MatrixError('M_INVALID_PARAM', 400, '"documents" has a language twice for one purpose');
  if (!documents.some(({ purpose }) => purpose === 'policy'))
    throw new MatrixError('M_INVALID_PARAM', 400, '"documents" has no policy');
  for (const { format, source, language } of documents) {
    const fault = format === 'html' ? await findTemplateFault(source) : undefined;
    if (fault !== undefined)
      throw new MatrixError('M_INVALID_PARAM', 400, `The template in ${language} has a fault: ${fault}`);
  }
}
