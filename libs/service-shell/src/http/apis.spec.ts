import { expect, it } from 'vitest';
import { findApi } from './apis.ts';

it.each([
  ['/_matrix/client/versions', 'client'],
  ['/_matrix/client/v3/sync', 'sync'],
  ['/_matrix/client/v3/sync?since=1', 'sync'],
  ['/_matrix/client/unstable/org.matrix.simplified_msc3575/sync', 'sync'],
  ['/_matrix/client/v3/synchronize', 'client'],
  ['/_matrix/federation/v1/send/1', 'federation'],
  ['/_matrix/key/v2/server', 'federation'],
  ['/_plexus/admin/v1/servers', 'admin'],
  ['/.well-known/matrix/client', 'well_known'],
  ['/metrics', 'metrics'],
  ['/metrics/', undefined],
  ['/health/live', 'health'],
  ['/_matrix/clientele', undefined],
  ['/', undefined],
])('%s belongs to %s', (path, api) => {
  expect(findApi(path)).toBe(api);
});
