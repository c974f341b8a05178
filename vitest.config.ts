import { defineConfig } from 'vitest/config';

const resolve = { conditions: ['plexus-source'] };
const ssr = { resolve: { conditions: ['plexus-source', 'node', 'import', 'module', 'default'] } };

/**
 * `unit` needs nothing but Node. `integration` (port contracts, `*.contract.spec.ts` and everything named
 * `*.integration.spec.ts`) needs the Postgres, Kafka and Redis whose addresses `scripts/test.sh` puts into the environment.
 */
export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        ssr,
        test: {
          name: 'unit',
          include: ['libs/*/src/**/*.spec.ts', 'apps/*/src/**/*.spec.ts', 'scripts/**/*.spec.ts'],
          exclude: ['**/*.integration.spec.ts', '**/*.contract.spec.ts', '**/node_modules/**', '**/dist/**'],
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: 'integration',
          include: ['libs/*/src/**/*.{integration,contract}.spec.ts', 'apps/*/src/**/*.{integration,contract}.spec.ts'],
          exclude: ['**/node_modules/**', '**/dist/**'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
