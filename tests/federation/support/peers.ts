import { describe } from 'vitest';
import type { Deployment } from '../../../scripts/cluster/deployment.ts';
import { launchEmbedded } from '../../../scripts/cluster/launch-embedded.ts';
import { laboratorySettings } from '../../../scripts/cluster/service-configuration.ts';
import { MatrixHttp } from '../../support/matrix-client.ts';
import type { MatrixClient } from '../../support/matrix-client.ts';
import { findFreePort } from '../../support/servers/free-port.ts';
import { TcpProxy } from '../../support/tcp-proxy.ts';
import { createSynapsePeer } from './synapse-peer.ts';
import type { SynapsePeer } from './synapse-peer.ts';

/** One of two servers that know each other by federation alone. */
export interface Side {
  readonly kind: 'Plexus' | 'Synapse';
  readonly serverName: string;
  readonly http: MatrixHttp;
  /** Somebody whom no other story has. */
  register(name: string): Promise<MatrixClient>;
  /** Ends it as an operator would, until `start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export interface Peers {
  readonly plexus: Side & { readonly deployment: Deployment };
  readonly synapse: Side & { readonly peer: SynapsePeer };
  /** What the two say to each other goes through these, to the one and to the other. */
  readonly wires: readonly TcpProxy[];
}

let opened: Promise<Peers> | undefined;
let lastName = 0;

/** Plexus in laboratory mode and a Synapse, which the files of a run share: a story uses names of its own and leaves both running. */
export function openPeers(): Promise<Peers> {
  return (opened ??= open());
}

async function open(): Promise<Peers> {
  const [tlsPort, peerPort] = [await findFreePort(), await findFreePort()];
  const [toPlexus, toSynapse] = [await wireTo(tlsPort), await wireTo(peerPort)];
  const serverName = `localhost:${toPlexus.port}`;
  const [deployment, peer] = await Promise.all([
    launchEmbedded({ serverName, tlsPort, settings: LABORATORY }),
    createSynapsePeer({ serverName: `127.0.0.1:${toSynapse.port}`, port: peerPort }),
  ]);
  await peer.start();
  const [process] = deployment.services;
  if (process === undefined) throw new Error('Plexus has no process');
  return {
    plexus: {
      ...sideOf('Plexus', serverName, deployment.baseUrlFor('/')),
      stop: () => process.stop(),
      start: () => process.start(),
      deployment,
    },
    synapse: { ...sideOf('Synapse', peer.serverName, peer.address), stop: peer.stop, start: peer.start, peer },
    wires: [toPlexus, toSynapse],
  };
}

function wireTo(port: number): Promise<TcpProxy> {
  return TcpProxy.open({ host: '127.0.0.1', port });
}

/** Neither of the two reaches the other while something is done. Both run, and serve their own users. */
export async function whileApart(work: () => Promise<void>): Promise<void> {
  const { wires } = await openPeers();
  for (const wire of wires) wire.partition();
  try {
    await work();
  } finally {
    for (const wire of wires) wire.heal();
  }
}

/** As `config/lab.yaml`, and soon back at a server that was away. */
const LABORATORY = {
  ...laboratorySettings,
  federation: {
    verify_certificates: false,
    ip_range_whitelist: ['127.0.0.0/8', '::1/128'],
    destination_min_retry_interval: '1s',
    destination_retry_multiplier: 1,
    destination_max_retry_interval: '2s',
  },
};

function sideOf(kind: Side['kind'], serverName: string, baseUrl: string): Omit<Side, 'stop' | 'start'> {
  const http = new MatrixHttp(baseUrl);
  return { kind, serverName, http, register: (name) => http.register(uniqueName(name)) };
}

export function uniqueName(name: string): string {
  lastName += 1;
  return `${name}-${process.pid}-${lastName}`;
}

/** The server where a story begins, and the one that it reaches out to. */
export interface Direction {
  readonly home: Side;
  readonly away: Side;
}

/** Tells a story twice: beginning at Plexus, and beginning at Synapse. */
export function inBothDirections(title: string, tell: (peers: () => Promise<Direction>) => void): void {
  describe(`${title}, from Plexus to Synapse`, () => {
    tell(async () => {
      const { plexus, synapse } = await openPeers();
      return { home: plexus, away: synapse };
    });
  });
  describe(`${title}, from Synapse to Plexus`, () => {
    tell(async () => {
      const { plexus, synapse } = await openPeers();
      return { home: synapse, away: plexus };
    });
  });
}

/** The room versions of which stories are told. */
export const ROOM_VERSIONS_TOLD =
  process.env['PLEXUS_TEST_FULL'] === '1' ? ['1', '6', '9', '10', '11', '12'] : ['10', '12'];
