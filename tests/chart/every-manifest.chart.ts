import { describe, expect, it } from 'vitest';
import { selects } from './support/network.ts';
import { containersOf, labelsOf, objectsOf, secretsOf, servicesOf, workloadsOf } from './support/read-manifests.ts';
import type { Workload } from './support/read-manifests.ts';
import { releases } from './support/releases.ts';

describe.each(releases)('every manifest of values $name', (release) => {
  const workloads = workloadsOf(release);

  it('is what Kubernetes takes', () => {
    const faults = release.manifests.flatMap(({ source, fault }) =>
      fault === undefined ? [] : [`${source}: ${fault}`],
    );
    expect(faults).toEqual([]);
    expect(workloads.length).toBeGreaterThan(7);
  });

  it('has a name of its own, within the limits of names, and says to what it belongs', () => {
    const objects = objectsOf(release);
    const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(names).toEqual([...new Set(names)]);
    expect(names.filter((name) => !/ [a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name))).toEqual([]);
    const labels = [
      'app.kubernetes.io/name',
      'app.kubernetes.io/instance',
      'app.kubernetes.io/managed-by',
      'helm.sh/chart',
    ];
    expect(objects.filter(({ metadata }) => labels.some((label) => metadata.labels?.[label] === undefined))).toEqual(
      [],
    );
  });

  it('runs as nobody in particular, on a file system that it cannot write, with no privileges', () => {
    for (const { template } of workloads) {
      expect(template.spec.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(template.spec.securityContext?.runAsUser).toBeGreaterThan(0);
    }
    for (const container of workloads.flatMap(containersOf)) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
  });

  it('has no way to ask Kubernetes', () => {
    expect(workloads.filter(({ template }) => template.spec.automountServiceAccountToken !== false)).toEqual([]);
  });

  it('says what it needs, and cannot take all memory of a node', () => {
    for (const { resources } of workloads.flatMap(containersOf)) {
      expect(Object.keys(resources?.requests ?? {}).toSorted()).toEqual(['cpu', 'memory']);
      expect(resources?.limits?.['memory']).toBeDefined();
    }
  });

  it('mounts volumes that are there, and each once', () => {
    for (const workload of workloads) {
      const volumes = [...(workload.template.spec.volumes ?? []).map(({ name }) => name), ...claimsOf(workload)];
      const mounts = containersOf(workload).flatMap(({ volumeMounts = [] }) => volumeMounts);
      expect(volumes.toSorted()).toEqual(mounts.map(({ name }) => name).toSorted());
      expect(mounts.map(({ mountPath }) => mountPath)).toEqual([...new Set(mounts.map(({ mountPath }) => mountPath))]);
    }
  });

  it('selects its own pods', () => {
    for (const workload of workloads.filter(({ kind }) => kind !== 'Job')) {
      expect(selects(workload.spec.selector ?? {}, labelsOf(workload))).toBe(true);
      const taken = workloads.filter((other) => selects(workload.spec.selector ?? {}, labelsOf(other)));
      expect(taken.map(({ name }) => name)).toEqual([workload.name]);
    }
  });

  it('carries no secret but those that a trial makes for itself', () => {
    const made = objectsOf(release, 'Secret').map(({ metadata }) => metadata.name);
    expect(made).toEqual(release.name === 'trial' ? ['chat-trial-postgres', 'chat-trial-redis'] : []);
    const variables = workloads.flatMap(containersOf).flatMap(({ env = [] }) => env);
    const plain = variables.filter(({ name, value }) => /PASSWORD|SECRET|TOKEN/.test(name) && value !== undefined);
    expect(plain).toEqual([]);
  });

  it('refers to Secrets and ConfigMaps that exist: of the release, or of whoever installs it', () => {
    const own = objectsOf(release).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    const wanted = workloads.flatMap(secretsOf);
    const foreign = wanted.filter((name) => !own.includes(`Secret ${name}`));
    expect(foreign.filter((name) => name.startsWith('chat-'))).toEqual([]);
    const maps = workloads
      .flatMap(({ template }) => template.spec.volumes ?? [])
      .flatMap(({ configMap }) => configMap?.name ?? []);
    expect(maps.filter((name) => !own.includes(`ConfigMap ${name}`) && name !== 'static-registrations')).toEqual([]);
  });

  it('pulls an image by a tag or digest that says which', () => {
    const images = workloads.flatMap(containersOf).map(({ image }) => image);
    expect(
      images.filter((image) => !/(:[\w.-]+|@sha256:[0-9a-f]{64})$/.test(image) || image.endsWith(':latest')),
    ).toEqual([]);
    expect(
      new Set(
        servicesOf(release)
          .flatMap(containersOf)
          .map(({ image }) => image),
      ).size,
    ).toBe(1);
  });
});

function claimsOf({ spec }: Workload): string[] {
  const claims =
    'volumeClaimTemplates' in spec && Array.isArray(spec.volumeClaimTemplates) ? spec.volumeClaimTemplates : [];
  return claims.map((claim: { readonly metadata: { readonly name: string } }) => claim.metadata.name);
}
