import type { Deployment } from '../../../scripts/cluster/deployment.ts';
import { launchEmbedded } from '../../../scripts/cluster/launch-embedded.ts';
import { laboratorySettings } from '../../../scripts/cluster/service-configuration.ts';
import type { CallOptions, Reply } from '../../support/matrix-client.ts';
import { MatrixHttp } from '../../support/matrix-client.ts';
import { findFaults } from './specification.ts';

export const PUBLIC_BASE_URL = 'https://matrix.test';
export const REGISTRATION_SECRET = 'only the tests know';
export const POLICY_PUBLIC_KEY = '6yhHGKhCiXTSEN2ksjV7kX/N6rBQZ3Xb+M7LlC6NS+s';
export const TURN_SECRET = 'only the TURN server knows';

const settings = {
  ...laboratorySettings,
  registration: { enabled: true, guests: true, shared_secret: REGISTRATION_SECRET },
  server_notices: { system_mxid_localpart: 'notices' },
  turn: { uris: ['turn:turn.test?transport=udp'], shared_secret: TURN_SECRET },
  // Files may add further hosted servers; whoever names none is of this one.
  servers: [
    {
      server_name: 'localhost',
      public_baseurl: PUBLIC_BASE_URL,
      aliases: ['127.0.0.1'],
      well_known: {
        support: {
          contacts: [{ role: 'm.role.admin', matrix_id: '@admin:localhost', email_address: 'admin@localhost.test' }],
          support_page: 'https://help.test/',
        },
      },
      policy_server: { public_key: POLICY_PUBLIC_KEY },
    },
  ],
};

/** Speaks to a deployment and holds every answer against the specification's own description of the endpoint. */
export class SpecifiedHttp extends MatrixHttp {
  readonly url: string;

  constructor(deployment: Deployment, headers?: Readonly<Record<string, string>>) {
    super(deployment, headers);
    this.url = deployment.baseUrlFor('/');
  }

  override async call(method: string, path: string, options?: CallOptions): Promise<Reply> {
    const reply = await super.call(method, path, options);
    const faults = findFaults(method, path, reply);
    if (faults.length === 0) return reply;
    throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}\n${faults.join('\n')}`);
  }
}

let launched: Promise<Deployment> | undefined;
let lastName = 0;

/** The deployment that the files of a run share: each uses names and rooms of its own and leaves everything running. */
export function sharedDeployment(): Promise<Deployment> {
  launched ??= launchEmbedded({ settings });
  return launched;
}

export async function specified(): Promise<SpecifiedHttp> {
  return new SpecifiedHttp(await sharedDeployment());
}

/** A user name that no other test has. */
export function uniqueName(name: string): string {
  lastName += 1;
  return `${name}-${process.pid}-${lastName}`;
}
