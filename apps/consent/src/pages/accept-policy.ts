import { MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import type {
  ConsentOutcome,
  ConsentRepository,
  HostedServer,
  Policies,
  Policy,
  PolicyDocument,
  PolicyDocumentReader,
  PolicyVersion,
} from '@plexus/storage';
import { chooseDocument } from './choose-document.ts';
import { chooseVersion, findLacking } from './choose-version.ts';
import type { IdentifyReader } from './identify-reader.ts';
import { wantedLanguages } from './reader-link.ts';
import type { Reader, ReaderLink } from './reader-link.ts';

export interface AcceptPolicyPorts {
  readonly policies: Policies;
  readonly documents: PolicyDocumentReader;
  readonly consents: ConsentRepository;
  readonly clock: Pick<Clock, 'now'>;
}

/** What a page shows to who has just agreed. */
export interface SuccessView {
  readonly outcome: Extract<ConsentOutcome, 'stored' | 'known'>;
  readonly policy: Policy;
  readonly version: PolicyVersion;
  readonly reader: Reader;
  /** In which the policy was shown. */
  readonly language: string;
  /** Nothing: there is no text of the operator's. */
  readonly document?: PolicyDocument;
  /** A further policy that the user has not agreed to. */
  readonly next?: Policy;
}

/** Takes a user's agreement. When it resolves, no replica of any service holds the lack of it against them any more. */
export class AcceptPolicy {
  readonly #ports: AcceptPolicyPorts;
  readonly #identifyReader: IdentifyReader;

  constructor(ports: AcceptPolicyPorts, identifyReader: IdentifyReader) {
    this.#ports = ports;
    this.#identifyReader = identifyReader;
  }

  /** Throws 400 `M_MISSING_PARAM` where the link lacks the user or the version, and as `ShowPolicy` does. */
  async execute(
    link: ReaderLink,
    server: HostedServer,
    { languages, address }: { readonly languages: readonly string[]; readonly address: string },
  ): Promise<SuccessView> {
    requireComplete(link);
    const { documents, consents, clock } = this.#ports;
    const reader = await this.#identifyReader.execute(link, server);
    const policies = this.#ports.policies.policiesOf(serverNameOf(reader.userId));
    const { policy, version } = chooseVersion(policies, link, { now: clock.now(), consents: [] });
    const wanted = wantedLanguages(link, languages, reader);
    const texts = await documents.findDocuments(version.versionNid);
    const language = chooseDocument(texts, 'policy', wanted)?.language;
    if (language === undefined) throw unknownVersion();
    const consent = { versionNid: version.versionNid, language, address, way: 'page' } as const;
    const outcome = await consents.storeConsent(reader.userId, consent);
    if (outcome === 'unknown-user') throw new MatrixError('M_NOT_FOUND', 404, 'Unknown user');
    if (outcome === 'unknown-version') throw unknownVersion();
    const document = chooseDocument(texts, 'success', [language, ...wanted]);
    const next = findLacking(policies, clock.now(), await consents.findConsents(reader.userId))?.policy;
    return {
      outcome,
      policy,
      version,
      reader,
      language,
      ...(document !== undefined && { document }),
      ...(next !== undefined && { next }),
    };
  }
}

function requireComplete({ u, h, v }: ReaderLink): void {
  for (const [name, value] of Object.entries({ u, h, v })) {
    if (value === undefined || value === '') throw new MatrixError('M_MISSING_PARAM', 400, `"${name}" is required`);
  }
}

function unknownVersion(): MatrixError {
  return new MatrixError('M_NOT_FOUND', 404, 'Unknown policy version');
}
