import { collectDefaultMetrics, Registry } from 'prom-client';

/** A registry with the metrics of the process; every series carries the deployment's name as `server_name`. */
export function createRegistry(deploymentName: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ server_name: deploymentName });
  // Event loop lag is sampled ten times a second: a finer timer would wake an idle process a hundred times.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 });
  return registry;
}
