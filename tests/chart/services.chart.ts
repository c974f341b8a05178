import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { serviceNames } from '../../scripts/cluster/deployment.ts';
import type { LabelSelector } from './support/kubernetes-object.ts';
import { selects } from './support/network.ts';
import { containersOf, labelsOf, objectsOf, servicesOf, workloadsOf } from './support/read-manifests.ts';
import { changeOf, releaseOf, releases, upgrade } from './support/releases.ts';
import type { TestedRelease } from './support/releases.ts';

const root = new URL('../../', import.meta.url).pathname;

interface BudgetSpec {
  readonly maxUnavailable: number | string;
  readonly selector: LabelSelector;
}

interface ScalerSpec {
  readonly minReplicas: number;
  readonly scaleTargetRef: { readonly kind: string; readonly name: string };
  readonly metrics: readonly unknown[];
}

describe.each(releases)('the services of values $name', (release) => {
  const services = servicesOf(release);

  it('are all that there are, each with its own program', () => {
    expect(services.map(({ component }) => component).toSorted()).toEqual([...serviceNames].sort());
    for (const service of services) {
      const [program = ''] = containersOf(service)[0]?.args ?? [];
      expect(program).toBe(`dist/${service.component}.js`);
      expect(existsSync(`${root}apps/${service.component}/src/main.ts`)).toBe(true);
    }
  });

  it('are asked how they are, and only the event loop decides whether they live', () => {
    for (const { startupProbe, livenessProbe, readinessProbe, ports = [] } of services.flatMap(containersOf)) {
      const paths = [startupProbe, livenessProbe, readinessProbe].map((probe) => probe?.httpGet?.path);
      expect(paths).toEqual(['/health/live', '/health/live', '/health/ready']);
      expect(ports).toContainEqual({ name: 'metrics', containerPort: 9090 });
    }
  });

  it('end in time for what the configuration says of draining', () => {
    const grace = services.map(({ template }) => template.spec.terminationGracePeriodSeconds);
    expect(new Set(grace)).toEqual(new Set([60]));
  });

  it('are replaced by new pods before old ones go', () => {
    for (const { component, spec } of services) {
      const isManyAtOnce = release.name === 'production' && component === 'client-api';
      expect([component, spec.strategy?.rollingUpdate]).toEqual([
        component,
        { maxSurge: isManyAtOnce ? '25%' : 1, maxUnavailable: 0 },
      ]);
    }
  });

  it('are spread over zones and nodes', () => {
    for (const service of services) {
      const constraints = service.template.spec.topologySpreadConstraints ?? [];
      expect(constraints.map(({ topologyKey }) => topologyKey).toSorted()).toEqual([
        'kubernetes.io/hostname',
        'topology.kubernetes.io/zone',
      ]);
      expect(constraints.every(({ labelSelector }) => selects(labelSelector, labelsOf(service)))).toBe(true);
    }
  });

  it('have a Service each, whose ports the pods have', () => {
    const made = objectsOf(release, 'Service').filter(({ metadata }) => !metadata.name.includes('trial'));
    expect(made.length).toBe(services.length);
    for (const { spec } of made) {
      const { selector, ports } = spec as {
        selector: Readonly<Record<string, string>>;
        ports: { targetPort: string }[];
      };
      const selected = workloadsOf(release).filter((workload) =>
        selects({ matchLabels: selector }, labelsOf(workload)),
      );
      expect(selected).toHaveLength(1);
      const names = selected
        .flatMap(containersOf)
        .flatMap((container) => container.ports ?? [])
        .map(({ name }) => name);
      expect(ports.filter(({ targetPort }) => !names.includes(targetPort))).toEqual([]);
    }
  });
});

describe('disruptions', () => {
  it.each(releases.filter(({ name }) => name !== 'open'))(
    'take one pod of a service at a time: values $name',
    (release) => {
      const budgets = objectsOf(release, 'PodDisruptionBudget').map(({ spec }) => spec as BudgetSpec);
      for (const service of servicesOf(release)) {
        const own = budgets.filter(({ selector }) => selects(selector, labelsOf(service)));
        expect(own.map(({ maxUnavailable }) => maxUnavailable)).toEqual([1]);
      }
    },
  );

  it('are not limited where the values say so', () => {
    expect(objectsOf(releaseOf('open'), 'PodDisruptionBudget')).toEqual([]);
  });
});

describe('scaling', () => {
  const production = releaseOf('production');
  const scalers = objectsOf(production, 'HorizontalPodAutoscaler').map(({ spec }) => spec as ScalerSpec);

  it('is Kubernetes’s where it is automatic, and the values’ else', () => {
    const scaled = scalers.map(({ scaleTargetRef }) => scaleTargetRef.name);
    expect(scaled.toSorted()).toEqual(['chat-plexus-client-api', 'chat-plexus-event-persister', 'chat-plexus-sync']);
    const replicas = Object.fromEntries(servicesOf(production).map(({ name, spec }) => [name, spec.replicas]));
    expect(replicas).toEqual({
      'chat-plexus-appservice-sender': 3,
      'chat-plexus-client-api': undefined,
      'chat-plexus-consent': 2,
      'chat-plexus-event-persister': undefined,
      'chat-plexus-federation-ingress': 3,
      'chat-plexus-federation-sender': 3,
      'chat-plexus-notices': 3,
      'chat-plexus-sync': undefined,
    });
  });

  it('follows processor time and lag', () => {
    const persister = scalers.find(({ scaleTargetRef }) => scaleTargetRef.name.endsWith('persister'));
    expect(persister?.metrics).toEqual([
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
      {
        type: 'Pods',
        pods: {
          metric: { name: 'plexus_topic_reader_lag_records' },
          target: { type: 'AverageValue', averageValue: '5000' },
        },
      },
    ]);
  });

  it('begins with two pods of everything where nothing else is said', () => {
    expect(new Set(servicesOf(releaseOf('minimal')).map(({ spec }) => spec.replicas))).toEqual(new Set([2]));
  });
});

describe('the migration', () => {
  it.each([releaseOf('minimal'), upgrade, releaseOf('production')])('goes before everything else: $name', (release) => {
    const [job, ...others] = workloadsOf(release).filter(({ component }) => component === 'migrate');
    expect(others).toEqual([]);
    expect(job?.template.spec.containers[0]?.args).toEqual(['dist/plexus.js', 'migrate']);
    const hooks = objectsOf(release)
      .filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === 'pre-install,pre-upgrade')
      .map(({ kind, metadata }) => [kind, Number(metadata.annotations?.['helm.sh/hook-weight'])]);
    expect(hooks).toEqual([
      ['ConfigMap', -10],
      ['Job', 0],
      ['NetworkPolicy', -10],
    ]);
    const needed = job?.template.spec.volumes?.flatMap(({ configMap }) => configMap?.name ?? []);
    expect(needed).toEqual(['chat-plexus-migrate']);
  });

  it('is a resource like others where the release brings its own Postgres', () => {
    const hooks = objectsOf(releaseOf('trial')).filter(
      ({ metadata }) => metadata.annotations?.['helm.sh/hook'] !== undefined,
    );
    expect(hooks).toEqual([]);
    expect(workloadsOf(releaseOf('trial')).map(({ component }) => component)).toContain('migrate');
  });
});

it('restarts pods for a changed configuration, but not for factors of caches', () => {
  const before = checksumsOf(releaseOf('minimal'));
  expect(before).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
  expect(checksumsOf(changeOf('cache-factors'))).toEqual(before);
  expect(checksumsOf(changeOf('log-level'))).not.toEqual(before);
});

/** Each checksum that pods carry, once. */
function checksumsOf(release: TestedRelease): (string | undefined)[] {
  const sums = servicesOf(release).map(({ template }) => template.metadata.annotations?.['checksum/config']);
  return [...new Set(sums)];
}
