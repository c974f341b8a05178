import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

/** Shows in which generation of the deployment this process is: another number is a restore, or a failover that may have lost commits. */
export function reportGeneration(registry: Registry, gate: { current(): number }): void {
  const gauge: Gauge = new Gauge({
    name: 'plexus_deployment_generation',
    help: 'The generation of the deployment as this process knows it; it moves on where Postgres may have lost commits.',
    registers: [registry],
    collect: () => gauge.set(gate.current()),
  });
}
