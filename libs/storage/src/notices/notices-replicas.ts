import type { SenderReplicaReader, SenderReplicaRepository } from '../federation/sender-replicas.ts';

/** Where replicas of notices take questions; any app may ask. */
export type NoticesReplicaReader = SenderReplicaReader;

/** Written by notices: each replica its own row. */
export type NoticesReplicaRepository = SenderReplicaRepository;
