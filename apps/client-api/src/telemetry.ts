import { Counter } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Logger } from '@plexus/service-shell';
import type { HostedServer } from '@plexus/storage';
import type { KeptPolicies } from './consent/seed-policies.ts';
import type { WorkLook } from './jobs/look-for-work.ts';
import type { AclDenial } from './rooms/find-denied-servers.ts';

/** So many servers a record names. */
const MOST_NAMED = 20;

/** What this app counts and logs besides its requests, which the shell does. */
export interface Telemetry {
  removalRan(run: WorkLook): void;
  deactivationRan(run: WorkLook): void;
  /** What has expired could not be removed; it will be later. */
  sweepFailed(error: unknown): void;
  propagationRan(run: WorkLook): void;
  /** A record that may be lost was, or its topic could not be set up yet. */
  ephemeralFailed(topic: string, error: unknown): void;
  /** Servers that the configuration file named once and names no more. */
  serversDropped(servers: readonly HostedServer[]): void;
  /** Texts in files that are not those that were published under the same version, and versions that are not the last ones. */
  policiesKept(kept: KeptPolicies): void;
  /** What is past could not be cleared away; it is tried again. */
  upkeepFailed(error: unknown): void;
  /** The user who sends a server's notices was a person before. */
  noticesUserIsPerson(userId: string): void;
  /** A hosted user keeps other hosted servers out of a room that these are in: their users can do nothing there any more. */
  aclDenies(denial: AclDenial): void;
  registrationsRead(count: number): void;
  /** Changed registrations of application services cannot be used; all stays as it was. */
  registrationsFailed(error: unknown): void;
}

export function createTelemetry(registry: Registry, logger: Logger): Telemetry {
  const deactivations = new Counter({
    name: 'plexus_account_deactivation_runs_total',
    help: 'Times that a process parted a deactivated user from their rooms, by how it went.',
    labelNames: ['outcome'],
    registers: [registry],
  });
  const removals = new Counter({
    name: 'plexus_server_removal_runs_total',
    help: 'Times that a process took up the removal of a hosted server, by how it went.',
    labelNames: ['outcome'],
    registers: [registry],
  });
  const lost = new Counter({
    name: 'plexus_client_api_ephemeral_lost_total',
    help: 'Records of topics that may lose some, typing and the like, that the topic did not take.',
    labelNames: ['topic'],
    registers: [registry],
  });
  const propagations = new Counter({
    name: 'plexus_profile_propagation_runs_total',
    help: 'Times that a process took up telling rooms of a changed profile, by how it went.',
    labelNames: ['outcome'],
    registers: [registry],
  });
  return {
    propagationRan: (run) => ran(propagations, 'Telling rooms of a changed profile', run),
    ephemeralFailed(topic, error) {
      lost.inc({ topic });
      logger.debug('A topic did not take a record that may be lost', { topic, err: error });
    },
    policiesKept({ texts, versions }) {
      for (const version of versions) {
        logger.warn(
          'A later version of the policy is published, and stays the one that users are asked for: name a new one',
          { version },
        );
      }
      for (const text of texts) {
        logger.warn('A policy’s file has changed since it was published: publish it under a new version', { text });
      }
    },
    aclDenies({ roomId, sender, eventId, servers }) {
      logger.warn('A server ACL keeps hosted servers out of a room that they are in', {
        room_id: roomId,
        event_id: eventId,
        sender,
        denied_servers: servers.slice(0, MOST_NAMED),
        denied_count: servers.length,
      });
    },
    registrationsRead(count) {
      if (count > 0) logger.info('Read the registrations of application services', { count });
    },
    registrationsFailed(error) {
      logger.warn('The registrations of application services cannot be used; all stays as it was', { err: error });
    },
    upkeepFailed(error) {
      logger.warn('What is past could not be cleared away', { err: error });
    },
    noticesUserIsPerson(userId) {
      logger.warn('The user who sends notices is a person’s account, as which nobody can log in any more', {
        user: userId,
      });
    },
    deactivationRan: (run) => ran(deactivations, 'The deactivation of an account', run),
    sweepFailed(error) {
      logger.warn('What has expired could not be removed and will be later', { err: error });
    },
    removalRan: (run) => ran(removals, 'The removal of a hosted server', run),
    serversDropped(servers) {
      for (const { serverName } of servers) {
        logger.warn(
          'A hosted server is not in the configuration file any more; it stays until the admin API removes it',
          {
            hosted_server: serverName,
          },
        );
      }
    },
  };

  function ran(counter: Counter, work: string, look: WorkLook): void {
    if (look === 'idle') return;
    counter.inc({ outcome: look === 'worked' ? 'worked' : 'failed' });
    if (look !== 'worked') logger.warn(`${work} stopped and will be taken up again`, { err: look.error });
  }
}
