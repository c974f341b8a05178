import { existsSync } from 'node:fs';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { PLEXUS_VERSION } from '../system/plexus-version.ts';

/** What Linux tells of a process in `/proc` alone. */
const TOLD_BY_PROC = [
  'process_resident_memory_bytes',
  'process_virtual_memory_bytes',
  'process_heap_bytes',
  'process_open_fds',
  'process_max_fds',
] as const;

/**
 * A registry with the metrics of the process; every series carries the deployment's name as `server_name`. What the system does not tell, where
 * `/proc` is not there, is left out.
 */
export function createRegistry(
  deploymentName: string,
  serviceName: string,
  isTold: boolean = process.platform !== 'linux' || existsSync('/proc/self/status'),
): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ server_name: deploymentName });
  // Event loop lag is sampled ten times a second: a finer timer would wake an idle process a hundred times.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 });
  // They would be shown as 0.
  if (!isTold) for (const name of TOLD_BY_PROC) registry.removeSingleMetric(name);
  tellBuild(registry, 'plexus_build_info', { version: PLEXUS_VERSION, service: serviceName, node: process.version });
  // Dashboards for Synapse mark where its value changes.
  tellBuild(registry, 'synapse_build_info', { version: PLEXUS_VERSION });
  return registry;
}

function tellBuild(registry: Registry, name: string, labels: Readonly<Record<string, string>>): void {
  const help = 'What runs here; its value is always 1.';
  new Gauge({ name, help, labelNames: Object.keys(labels), registers: [registry] }).set(labels, 1);
}
