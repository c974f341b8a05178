import { PLEXUS_VERSION } from '@plexus/service-shell';
import { Controller, Get } from '@nestjs/common';

@Controller('_matrix/federation/v1/version')
export class VersionController {
  /** https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1version */
  @Get()
  version(): object {
    return { server: { name: 'Plexus', version: PLEXUS_VERSION } };
  }
}
