/** A path as an Ingress has it: `Prefix` means whole segments, and the longest path that fits decides. */
export interface IngressPath {
  readonly path: string;
  readonly pathType: 'Exact' | 'Prefix';
}

/** An endpoint as a service registers it: `:name` stands for a parameter, `*` for the rest. */
export interface ServiceRoute {
  readonly service: string;
  readonly pattern: string;
}

export type PathsByService = Readonly<Record<string, readonly IngressPath[]>>;

/**
 * The fewest paths by which each service gets its own endpoints and no other's. What nobody has goes to the fallback service, whose
 * answer is the specification's for an unknown endpoint; of paths outside of `/_matrix` it gets those alone under which it has endpoints.
 */
export function ingressRoutes(routes: readonly ServiceRoute[], fallback: string): PathsByService {
  const found = new Map<string, Map<string, IngressPath>>();
  for (const route of routes) {
    const path =
      route.service === fallback
        ? fallbackPath(route)
        : pathOf(
            route,
            routes.filter(({ service }) => service !== route.service),
          );
    const paths = found.get(route.service) ?? new Map<string, IngressPath>();
    found.set(route.service, paths.set(`${path.pathType} ${path.path}`, path));
  }
  return Object.fromEntries([...found].map(([service, paths]) => [service, [...paths.values()].sort(byPath)]));
}

function fallbackPath({ pattern }: ServiceRoute): IngressPath {
  const [first = '', second = ''] = segmentsOf(pattern);
  return { path: first === '_matrix' ? `/${first}` : `/${first}/${second}`, pathType: 'Prefix' };
}

/** The shortest prefix under which no other service has anything; the whole path where there is none. */
function pathOf({ service, pattern }: ServiceRoute, others: readonly ServiceRoute[]): IngressPath {
  const segments = segmentsOf(pattern);
  const parameter = segments.findIndex((segment) => segment.startsWith(':') || segment === '*');
  const literal = parameter === -1 ? segments : segments.slice(0, parameter);
  for (let length = 1; length <= literal.length; length += 1) {
    const prefix = literal.slice(0, length);
    if (!others.some((other) => isUnder(segmentsOf(other.pattern), prefix)))
      return { path: `/${prefix.join('/')}`, pathType: 'Prefix' };
  }
  if (parameter !== -1) throw new Error(`${pattern} of ${service} cannot be told from what another service has.`);
  return { path: pattern, pathType: 'Exact' };
}

function isUnder(segments: readonly string[], prefix: readonly string[]): boolean {
  return prefix.every((segment, index) => segments[index] === segment);
}

function segmentsOf(pattern: string): string[] {
  return pattern.split('/').filter((segment) => segment !== '');
}

function byPath(one: IngressPath, other: IngressPath): number {
  return one.path < other.path ? -1 : 1;
}

/** The service that an Ingress with these paths chooses, as Kubernetes says: an exact path, else the longest prefix. */
export function chooseService(paths: PathsByService, path: string): string | undefined {
  const fitting = Object.entries(paths).flatMap(([service, own]) =>
    own.filter((each) => fits(each, path)).map((each) => ({ service, ...each })),
  );
  return fitting.toSorted((one, other) => weight(other) - weight(one))[0]?.service;
}

function fits({ path: wanted, pathType }: IngressPath, path: string): boolean {
  if (pathType === 'Exact') return path === wanted;
  return isUnder(segmentsOf(path), segmentsOf(wanted));
}

function weight({ path, pathType }: IngressPath): number {
  return path.length + (pathType === 'Exact' ? 100_000 : 0);
}
