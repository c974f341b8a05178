import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '@plexus/service-shell';
import type { PlexusConfig, UserConsentSettings } from '@plexus/service-shell';
import type { PolicyDocument, PolicySettings } from '@plexus/storage';

/** A policy of the configuration, with the texts of its files. */
export interface ConfiguredPolicy extends PolicySettings {
  /** Empty: of the deployment. */
  readonly serverName: string;
  readonly version: string;
  readonly effectiveAt?: number;
  /** Whether users who have not agreed are blocked, and from when; `at-once`: as soon as it is effective. */
  readonly blocks: 'never' | 'at-once' | number;
  readonly documents: readonly PolicyDocument[];
}

const EXTENSIONS = [
  { extension: '.html', format: 'html' },
  { extension: '.md', format: 'markdown' },
] as const;

/** The policies of `user_consent`, of the deployment and of servers. Throws `StartError`, naming the file, for what cannot be read. */
export function configuredPolicies({ user_consent: common, servers }: Pick<PlexusConfig, 'user_consent' | 'servers'>) {
  const own = servers.map(({ server_name: serverName, user_consent: settings }) => ({ serverName, settings }));
  return [{ serverName: '', settings: common }, ...own].flatMap(({ serverName, settings }) =>
    settings === undefined ? [] : [policyOf(serverName, settings)],
  );
}

function policyOf(serverName: string, settings: UserConsentSettings): ConfiguredPolicy {
  const { block_events_error: blockError, server_notice_content: noticeContent } = settings;
  const blockFrom = settings.block_from === undefined ? 'at-once' : timeOf(settings.block_from);
  return {
    serverName,
    title: settings.policy_name,
    isRequiredAtRegistration: settings.require_at_registration,
    notifiesGuests: settings.send_server_notice_to_guests,
    ...(blockError !== undefined && { blockError }),
    ...(noticeContent !== undefined && { noticeContent, noticeTranslations: settings.server_notice_translations }),
    version: settings.version,
    ...(settings.effective_from !== undefined && { effectiveAt: timeOf(settings.effective_from) }),
    blocks: blockError === undefined ? 'never' : blockFrom,
    documents: readDocuments(settings.template_dir, settings.version),
  };
}

function timeOf(written: string): number {
  const time = Date.parse(written.replace(/T([0-9]{2}:[0-9]{2})Z$/, 'T$1:00Z'));
  if (Number.isNaN(time)) throw new StartError(`${written} is no time.`);
  return time;
}

/** `<language>/<version>` and `<language>/success`, each as `.html` or `.md`. */
function readDocuments(folder: string, version: string): PolicyDocument[] {
  const documents = listFolders(folder).flatMap((language) => {
    const policy = readDocument(join(folder, language), { name: version, language, purpose: 'policy' });
    const success = readDocument(join(folder, language), { name: 'success', language, purpose: 'success' });
    return policy === undefined ? [] : success === undefined ? [policy] : [policy, success];
  });
  if (documents.length > 0) return documents;
  throw new StartError(`The folder ${folder} has no ${join('<language>', `${version}.html`)} and no .md of that name.`);
}

function listFolders(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).toSorted();
  } catch (error) {
    throw new StartError(`The folder ${folder} of user_consent cannot be read.`, { cause: error });
  }
}

function readDocument(
  folder: string,
  { name, ...rest }: { readonly name: string } & Pick<PolicyDocument, 'language' | 'purpose'>,
): PolicyDocument | undefined {
  for (const { extension, format } of EXTENSIONS) {
    const source = readIfThere(join(folder, `${name}${extension}`));
    if (source === undefined) continue;
    return { ...rest, format, source, sha256: createHash('sha256').update(source).digest() };
  }
  return undefined;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new StartError(`The policy ${path} cannot be read.`, { cause: error });
  }
}
