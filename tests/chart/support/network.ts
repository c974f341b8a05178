import { BlockList } from 'node:net';
import type { LabelSelector, Labels } from './kubernetes-object.ts';

export interface NetworkPolicySpec {
  readonly podSelector: LabelSelector;
  readonly policyTypes: readonly ('Ingress' | 'Egress')[];
  readonly ingress?: readonly { readonly ports?: readonly PolicyPort[]; readonly from?: readonly Peer[] }[];
  readonly egress?: readonly { readonly ports?: readonly PolicyPort[]; readonly to?: readonly Peer[] }[];
}

interface PolicyPort {
  readonly protocol?: string;
  readonly port: number | string;
}

interface Peer {
  readonly podSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

/** One end of a connection: a pod of the release's namespace, or an address outside of the cluster. */
export type End = { readonly pod: Pod } | { readonly address: string };

export interface Pod {
  readonly labels: Labels;
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
}

/** Whether a connection comes to be: its one end may begin it, and the other end, where it is a pod, may take it. */
export function isConnected(policies: readonly NetworkPolicySpec[], from: Pod, to: End, port: number): boolean {
  return (
    mayConnect(policies, from, to, port) && ('address' in to || mayBeReached(policies, to.pod, { pod: from }, port))
  );
}

/** Whether Kubernetes lets a pod connect to a TCP port of somebody, as far as the policies say. */
function mayConnect(policies: readonly NetworkPolicySpec[], from: Pod, to: End, port: number): boolean {
  const own = policies.filter(
    (policy) => policy.policyTypes.includes('Egress') && selects(policy.podSelector, from.labels),
  );
  if (own.length === 0) return true;
  return own.some(({ egress = [] }) => egress.some((rule) => fitsPort(rule.ports, to, port) && fitsPeer(rule.to, to)));
}

/** Whether a pod takes a connection at a TCP port from somebody, as far as the policies say. */
export function mayBeReached(policies: readonly NetworkPolicySpec[], pod: Pod, from: End, port: number): boolean {
  const own = policies.filter(
    (policy) => policy.policyTypes.includes('Ingress') && selects(policy.podSelector, pod.labels),
  );
  if (own.length === 0) return true;
  return own.some(({ ingress = [] }) =>
    ingress.some((rule) => fitsPort(rule.ports, { pod }, port) && fitsPeer(rule.from, from)),
  );
}

export function selects({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels): boolean {
  if (matchExpressions.length > 0) throw new Error('The tests do not know expressions of selectors.');
  return Object.entries(matchLabels).every(([name, value]) => labels[name] === value);
}

function fitsPort(ports: readonly PolicyPort[] | undefined, to: End, wanted: number): boolean {
  if (ports === undefined || ports.length === 0) return true;
  return ports.some(({ protocol = 'TCP', port }) => protocol === 'TCP' && numberOf(port, to) === wanted);
}

function numberOf(port: number | string, to: End): number | undefined {
  if (typeof port === 'number') return port;
  return 'pod' in to ? to.pod.ports.find(({ name }) => name === port)?.containerPort : undefined;
}

/** @NOTE A peer with a namespace selector stands for pods of other namespaces too, never for what is outside of the cluster. */
function fitsPeer(peers: readonly Peer[] | undefined, end: End): boolean {
  if (peers === undefined || peers.length === 0) return true;
  return peers.some((peer) => {
    if (peer.ipBlock !== undefined) return 'address' in end && isWithin(peer.ipBlock, end.address);
    return 'pod' in end && selects(peer.podSelector ?? {}, end.pod.labels);
  });
}

function isWithin(
  { cidr, except = [] }: { readonly cidr: string; readonly except?: readonly string[] },
  address: string,
): boolean {
  return isIn(cidr, address) && !except.some((hole) => isIn(hole, address));
}

const networks = new Map<string, BlockList>();

function isIn(cidr: string, address: string): boolean {
  const [network = '', bits = ''] = cidr.split('/');
  const family = familyOf(network);
  if (family !== familyOf(address)) return false;
  const known = networks.get(cidr);
  if (known !== undefined) return known.check(address, family);
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family);
  networks.set(cidr, list);
  return list.check(address, family);
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}
