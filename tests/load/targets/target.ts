import type { Routes } from '../../support/matrix-client.ts';
import type { BenchAppservice } from '../bench-appservice.ts';

/** A homeserver under load. */
export interface Target extends Routes {
  readonly name: string;
  /** Where a scenario may put rooms into the database directly. */
  readonly databaseUrl?: string;
  /** One that is registered with it. */
  readonly appservice?: BenchAppservice;
  /** Processes whose work counts, each with all its descendants: database, broker and cache included. */
  pids(): number[];
  stop(): Promise<void>;
}
