import { defineConfig } from 'vitest/config';

const resolve = { conditions: ['plexus-source'] };
const ssr = { resolve: { conditions: ['plexus-source', 'node'] } };
const notSource = ['**/node_modules/**', '**/dist/**'];
const globalSetup = ['tests/support/global-setup.ts'];

/**
 * `unit` needs nothing but Node, `chart` Go besides, `image` buildah. The others need the Postgres, Kafka and Redis whose addresses are in the
 * environment; what is not there, `global-setup.ts` starts. `specification`, `flows`, `federation`, `upgrade` and `recovery` run what the
 * build made, in processes of their own.
 */
export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        ssr,
        test: {
          name: 'unit',
          include: ['{libs,apps}/*/src/**/*.spec.ts', '{scripts,tests/support,tests/load,tests/upgrade}/**/*.spec.ts'],
          exclude: ['**/*.integration.spec.ts', '**/*.contract.spec.ts', ...notSource],
          // What a file imports takes as long as its tests: files of one worker share it.
          isolate: false,
          // Nothing but the processor bounds them; Vitest would leave one alone.
          maxWorkers: '100%',
          // Property tests take seconds on a slow machine.
          testTimeout: 20_000,
          hookTimeout: 30_000,
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: 'integration',
          include: ['{libs,apps}/*/src/**/*.{integration,contract}.spec.ts', 'tests/support/**/*.integration.spec.ts'],
          exclude: notSource,
          globalSetup,
          setupFiles: ['tests/support/wait-patiently.ts'],
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
      {
        resolve,
        ssr,
        // @NOTE Its files share what is rendered once, so they share their modules.
        test: {
          name: 'chart',
          include: ['tests/chart/**/*.chart.ts'],
          isolate: false,
          maxWorkers: 1,
          testTimeout: 20_000,
        },
      },
      {
        resolve,
        ssr,
        test: { name: 'image', include: ['tests/image/**/*.image.ts'], testTimeout: 900_000, hookTimeout: 1_800_000 },
      },
      // @NOTE Files of these two share what they launch, so they share their modules too.
      deployedProject('specification', 'tests/spec/**/*.spec.ts', { isolate: false, maxWorkers: 1 }),
      deployedProject('flows', 'tests/flows/**/*.flow.ts', { isolate: false, maxWorkers: 1 }),
      deployedProject('federation', 'tests/federation/**/*.federation.ts', { isolate: false, maxWorkers: 1 }),
      deployedProject('upgrade', 'tests/upgrade/**/*.upgrade.ts'),
      deployedProject('recovery', 'tests/recovery/**/*.recovery.ts'),
    ],
  },
});

/** Tests against running processes: one file at a time, so that they do not take the machine from each other. */
function deployedProject(name: string, include: string, further: { isolate?: boolean; maxWorkers?: number } = {}) {
  return {
    resolve,
    ssr,
    test: {
      name,
      include: [include],
      globalSetup,
      fileParallelism: false,
      testTimeout: 120_000,
      // @NOTE What is launched may have to be installed first: a Synapse, a bridge, brokers.
      hookTimeout: 600_000,
      ...further,
    },
  };
}
