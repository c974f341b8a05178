import { afterAll, describe, expect } from 'vitest';
import type { Deployment } from '../../../scripts/cluster/deployment.ts';
import { launchCluster } from '../../../scripts/cluster/launch-cluster.ts';
import { launchEmbedded } from '../../../scripts/cluster/launch-embedded.ts';
import { laboratorySettings } from '../../../scripts/cluster/service-configuration.ts';
import { OtlpReceiver } from '../../support/otlp-receiver.ts';
import { onSharedServers } from '../../support/servers/on-shared-servers.ts';
import { searchForSecrets } from '../../support/search-for-secrets.ts';

/** Takes the traces that stories ask for: of themselves the processes record none. */
export const traces = await OtlpReceiver.start();

/** Stories add hosted servers; who speaks to an address speaks to the first one, who speaks to `localhost` to the other. */
const settings = {
  ...laboratorySettings,
  server_notices: { system_mxid_localpart: 'notices' },
  tracing: { otlp_endpoint: traces.endpoint, sample_ratio: 0, export_interval: '200ms' },
  servers: [
    { server_name: 'one.test', aliases: ['127.0.0.1'] },
    { server_name: 'two.test', aliases: ['localhost'] },
  ],
};
const launchers = {
  embedded: () => launchEmbedded({ serverName: 'one.test', settings }),
  distributed: () => launchCluster({ serverName: 'one.test', settings, ...onSharedServers() }),
};
const launched = new Map<string, Promise<Deployment>>();
let lastName = 0;

/**
 * Tells a story in one process and in separate services, two replicas each. `deploy` gives the deployment, which the files of a run share:
 * a story uses names of its own and leaves everything running. Whatever it was about, nothing of what the processes wrote may tell a secret.
 */
export function inBothModes(title: string, tell: (deploy: () => Promise<Deployment>) => void): void {
  for (const mode of ['embedded', 'distributed'] as const) inOneMode(mode, title, tell);
}

/** Tells a story that takes long in one of them. */
export function inOneMode(
  mode: keyof typeof launchers,
  title: string,
  tell: (deploy: () => Promise<Deployment>) => void,
): void {
  describe(`${title}, ${mode}`, () => {
    tell(() => {
      const running = launched.get(mode) ?? launchers[mode]();
      launched.set(mode, running);
      return running;
    });
    afterAll(async () => {
      const running = await launched.get(mode);
      if (running !== undefined) expect(await searchForSecrets(running, traces)).toEqual([]);
    });
  });
}

/** A user name that no other story has. */
export function uniqueName(name: string): string {
  lastName += 1;
  return `${name}-${process.pid}-${lastName}`;
}
