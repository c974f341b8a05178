import { MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import type {
  ConsentReader,
  HostedServer,
  Policies,
  Policy,
  PolicyDocument,
  PolicyDocumentReader,
  PolicyVersion,
} from '@plexus/storage';
import { chooseDocument } from './choose-document.ts';
import { chooseVersion } from './choose-version.ts';
import type { IdentifyReader } from './identify-reader.ts';
import { wantedLanguages } from './reader-link.ts';
import type { Reader, ReaderLink } from './reader-link.ts';

export interface ShowPolicyPorts {
  readonly policies: Policies;
  readonly documents: PolicyDocumentReader;
  readonly consents: ConsentReader;
  readonly clock: Pick<Clock, 'now'>;
}

/** What a page shows. */
export interface PolicyView {
  readonly policy: Policy;
  readonly version: PolicyVersion;
  readonly document: PolicyDocument;
  /** Nobody: the text alone is shown. */
  readonly reader?: Reader;
  /** When the reader agreed to this version or a later one. */
  readonly agreedAt?: number;
  /** Whether the link has to name the policy. */
  readonly isOneOfSeveral: boolean;
}

/** Shows a policy to whoever asks, and to a user what they have to agree to. */
export class ShowPolicy {
  readonly #ports: ShowPolicyPorts;
  readonly #identifyReader: IdentifyReader;

  constructor(ports: ShowPolicyPorts, identifyReader: IdentifyReader) {
    this.#ports = ports;
    this.#identifyReader = identifyReader;
  }

  /** `languages`: as the browser wants them, the best first. Throws 404 for a policy or version that is not published. */
  async execute(link: ReaderLink, server: HostedServer, languages: readonly string[]): Promise<PolicyView> {
    const reader = await this.#findReader(link, server);
    const consents = reader === undefined ? [] : await this.#ports.consents.findConsents(reader.userId);
    const policies = this.#ports.policies.policiesOf(serverOf(reader, server));
    const { policy, version } = chooseVersion(policies, link, { now: this.#ports.clock.now(), consents });
    const document = chooseDocument(
      await this.#ports.documents.findDocuments(version.versionNid),
      'policy',
      wantedLanguages(link, languages, reader),
    );
    if (document === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'Unknown policy version');
    const agreed = consents.find((one) => one.policyNid === policy.policyNid && one.versionNid >= version.versionNid);
    return {
      policy,
      version,
      document,
      isOneOfSeveral: policies.length > 1,
      ...(reader !== undefined && { reader }),
      ...(agreed !== undefined && { agreedAt: agreed.acceptedAt }),
    };
  }

  async #findReader(link: ReaderLink, server: HostedServer): Promise<Reader | undefined> {
    if (link.u === undefined || link.u === '') return undefined;
    return this.#identifyReader.execute(link, server);
  }
}

function serverOf(reader: Reader | undefined, requested: HostedServer): string {
  return reader === undefined ? requested.serverName : serverNameOf(reader.userId);
}
