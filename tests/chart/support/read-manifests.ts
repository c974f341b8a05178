import type { Container, KubernetesObject, Labels, PodTemplate, Volume, WorkloadSpec } from './kubernetes-object.ts';
import type { NetworkPolicySpec } from './network.ts';
import type { TestedRelease } from './releases.ts';

/** Whatever has pods. */
export interface Workload {
  readonly kind: string;
  readonly name: string;
  /** The service, or `migrate`, or a backend of a trial. */
  readonly component: string;
  readonly spec: WorkloadSpec;
  readonly template: PodTemplate;
}

const kindsWithPods = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job'];
export const kindsOfRest = ['Service', 'ConfigMap', 'Secret', 'ServiceAccount', 'Ingress', 'NetworkPolicy'];

export function objectsOf(release: TestedRelease, kind?: string): KubernetesObject[] {
  return release.manifests.map(({ object }) => object).filter((object) => kind === undefined || object.kind === kind);
}

export function workloadsOf(release: TestedRelease): Workload[] {
  return objectsOf(release)
    .filter(({ kind }) => kindsWithPods.includes(kind))
    .map((object) => {
      const spec = object.spec as WorkloadSpec;
      return {
        kind: object.kind,
        name: object.metadata.name,
        component: spec.template.metadata.labels?.['app.kubernetes.io/component'] ?? '',
        spec,
        template: spec.template,
      };
    });
}

/** The workloads of our own image that serve. */
export function servicesOf(release: TestedRelease): Workload[] {
  return workloadsOf(release).filter(({ kind }) => kind === 'Deployment');
}

export function containersOf({ template }: Workload): readonly Container[] {
  return [...(template.spec.initContainers ?? []), ...template.spec.containers];
}

export function labelsOf({ template }: Workload): Labels {
  return template.metadata.labels ?? {};
}

export function policiesOf(release: TestedRelease): NetworkPolicySpec[] {
  return objectsOf(release, 'NetworkPolicy').map(({ spec }) => spec as NetworkPolicySpec);
}

/** Which names of Secrets a pod's volumes and variables refer to. */
export function secretsOf(workload: Workload): string[] {
  return (workload.template.spec.volumes ?? []).flatMap(secretsOfVolume);
}

function secretsOfVolume({ secret, projected }: Volume): string[] {
  const own = secret === undefined ? [] : [secret.secretName];
  return [...own, ...(projected?.sources ?? []).map((source) => source.secret.name)];
}

/** The one configuration of the services. */
export function configurationOf(release: TestedRelease): string {
  const [deployment] = servicesOf(release);
  const name = deployment?.template.spec.volumes?.find((volume) => volume.name === 'config')?.configMap?.name;
  return objectsOf(release, 'ConfigMap').find(({ metadata }) => metadata.name === name)?.data?.['plexus.yaml'] ?? '';
}
