import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import type { Resources } from '@plexus/service-adapters';
import type { Shell } from '@plexus/service-shell';
import { PostgresConsentKeys, PostgresConsents, PostgresUsers } from '@plexus/storage-postgres';
import type { ConsentPorts } from './consent-ports.ts';
import { ConsentController } from './in/consent.controller.ts';
import { RequestedServer } from './in/requested-server.ts';
import { AcceptPolicy } from './pages/accept-policy.ts';
import { IdentifyReader } from './pages/identify-reader.ts';
import { ShowPolicy } from './pages/show-policy.ts';
import { ConsentTelemetry } from './telemetry.ts';

@Module({})
export class ConsentModule {
  /** The module over these ports. */
  static over({ registry }: Pick<Shell, 'registry'>, ports: ConsentPorts): DynamicModule {
    const identifyReader = new IdentifyReader(ports);
    return {
      module: ConsentModule,
      controllers: [ConsentController],
      providers: [
        { provide: ShowPolicy, useValue: new ShowPolicy(ports, identifyReader) },
        { provide: AcceptPolicy, useValue: new AcceptPolicy(ports, identifyReader) },
        { provide: RequestedServer, useValue: new RequestedServer(ports.servers) },
        { provide: ConsentTelemetry, useValue: new ConsentTelemetry(registry) },
      ],
    };
  }

  /** The module as it runs. It keeps nothing that a replica could lose: every answer is read from Postgres. */
  static async start(shell: Shell, { databases, hostedServers, openPolicies }: Resources): Promise<DynamicModule> {
    const { accounts } = databases;
    const policies = await openPolicies();
    return ConsentModule.over(shell, {
      servers: hostedServers,
      keys: new PostgresConsentKeys(accounts),
      users: new PostgresUsers(accounts),
      policies,
      documents: policies,
      consents: new PostgresConsents(accounts),
      clock: shell.clock,
    });
  }
}
