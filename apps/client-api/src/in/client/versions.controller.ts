import { Controller, Get } from '@nestjs/common';
import type { VersionsResponse } from '@plexus/matrix-api';

/** Of the specification's versions those whose endpoints, as far as they exist here, behave as written. */
const VERSIONS = ['r0.6.1', ...Array.from({ length: 19 }, (_, index) => `v1.${index + 1}`)];

/** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientversions */
@Controller('_matrix/client/versions')
export class VersionsController {
  @Get()
  versions(): VersionsResponse {
    return { versions: VERSIONS, unstable_features: UNSTABLE_FEATURES };
  }
}

/** Proposals that are served under their own prefix. */
const UNSTABLE_FEATURES = { 'org.matrix.msc3814': true };
