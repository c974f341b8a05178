import type { Clock } from '@plexus/matrix-base';
import { ReplicaRouter } from './replica-router.ts';
import type { ReplicaTask } from './replica-router.ts';
import type { LiveSenders, SenderChannels, SenderHandler } from './sender-channel.ts';

export interface SenderRouterOptions {
  readonly senders: LiveSenders;
  readonly channels: SenderChannels;
  readonly clock: Clock;
  /** How long a call waits for a federation-sender that is there, in milliseconds. */
  readonly deadlineMs?: number;
  /** Is shown each call as it begins. */
  readonly follow?: (answer: Promise<unknown>) => void;
}

/** What is asked of any federation-sender: a destination's connections are then kept at one of them. */
export type SenderTask<T> = ReplicaTask<T, SenderHandler>;

/** Hands tasks to federation-senders: any replica does any task. */
export class SenderRouter extends ReplicaRouter<SenderHandler> {
  constructor({ senders, ...options }: SenderRouterOptions) {
    super({ ...options, service: 'federation-sender', replicas: senders });
  }
}
