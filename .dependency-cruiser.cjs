// The layers of docs/style: app → shell → port → core, adapter → its port and core; no cycles, type imports included.
const core = '^libs/(matrix-base|room-dag|matrix-api)/';
const ports = '^libs/(storage|topics|cache|rpc|remote-servers)/';
const adapters =
  '^libs/(storage-postgres|topics-kafka|topics-postgres|cache-redis|cache-memory|rpc-grpc|rpc-local|remote-servers-http)/';
const opening = '^libs/service-adapters/';
const shell =
  '^libs/(service-shell|appservices|room-log|room-view|server-keys|user-keys|user-streams|pdu-checks|account-events|policies)/';
const testing = '^libs/testing/';
const apps = '^apps/';
const spec = '(\\.spec\\.ts$|/test-support/)';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'core-is-pure',
      comment: 'The core imports only the core, node:crypto, sodium-native and the one validator.',
      severity: 'error',
      from: { path: core, pathNot: spec },
      to: { pathNot: [core, '^node:crypto$', '^crypto$', 'node_modules/(sodium-native|ajv|@types/node)/'] },
    },
    {
      name: 'matrix-base-below-room-dag',
      severity: 'error',
      from: { path: '^libs/matrix-base/', pathNot: spec },
      to: { path: '^libs/(room-dag|matrix-api)/' },
    },
    {
      name: 'room-dag-below-matrix-api',
      severity: 'error',
      from: { path: '^libs/room-dag/', pathNot: spec },
      to: { path: '^libs/matrix-api/' },
    },
    {
      name: 'ports-know-core-only',
      severity: 'error',
      from: { path: ports, pathNot: spec },
      to: { path: [adapters, shell, testing, apps] },
    },
    {
      name: 'adapters-know-port-and-core',
      severity: 'error',
      from: { path: adapters, pathNot: spec },
      to: { path: [shell, testing, apps] },
    },
    {
      name: 'shell-knows-ports-and-core',
      severity: 'error',
      from: { path: shell, pathNot: spec },
      to: { path: [adapters, testing, apps] },
    },
    {
      name: 'testing-knows-ports-and-core',
      severity: 'error',
      from: { path: testing, pathNot: spec },
      to: { path: [adapters, shell, apps] },
    },
    {
      name: 'only-specs-use-testing',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: [spec, testing, '/test-support/'] },
      to: { path: testing },
    },
    {
      name: 'no-app-imports-an-app',
      severity: 'error',
      from: { path: '^apps/([^/]+)/', pathNot: '^apps/plexus/' },
      to: { path: apps, pathNot: '^apps/$1/' },
    },
    {
      name: 'adapters-only-in-the-composition-root',
      severity: 'error',
      from: {
        path: apps,
        pathNot: [
          '\\.module\\.ts$',
          '\\.spec\\.ts$',
          '/test-support/',
          '/main\\.ts$',
          '^apps/plexus/src/(embedded|commands|doctor)/',
        ],
      },
      to: { path: [adapters, opening] },
    },
    { name: 'opening-adapters-knows-no-app', severity: 'error', from: { path: opening }, to: { path: apps } },
    {
      name: 'no-deep-imports',
      severity: 'error',
      from: { path: '^(libs|apps)/([^/]+)/' },
      to: { path: '^(libs|apps)/[^/]+/src/(?!index\\.ts)', pathNot: '^(libs|apps)/$2/' },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', 'dist'] },
    exclude: { path: ['/dist/', 'node_modules/.*/node_modules'] },
    tsPreCompilationDeps: true,
    parser: 'swc',
    enhancedResolveOptions: {
      conditionNames: ['plexus-source', 'import', 'node', 'default'],
      exportsFields: ['exports'],
    },
  },
};
