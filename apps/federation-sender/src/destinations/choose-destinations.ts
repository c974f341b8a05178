import { findServerName, isServerName } from '@plexus/matrix-base';

/** What of an event decides where it goes. */
export interface DistributedEvent {
  readonly sender: string;
  /** The server of whom it deprives of an invite or a knock. */
  readonly endsMembershipOf: string | undefined;
  /** Of an event of another server: the hosted server that was asked to tell the others. */
  readonly distributedBy: string | undefined;
}

/** Who has to do with whom. */
export interface FederationRules {
  isHosted(serverName: string): boolean;
  /** Whether a hosted server sends anything to another one. */
  allows(origin: string, destination: string): boolean;
}

/** An event that leaves, and where it goes. */
export interface Distribution {
  /** The hosted server that sends it. */
  readonly origin: string;
  readonly destinations: readonly string[];
}

/**
 * Where an event goes: to the servers that were in the room before it and, where it takes an invite back or turns a knock down, to the server of
 * the user whose it was. Nobody else who is not in the room is told what happens there. An event of another server goes nowhere, since that one tells the
 * others itself, unless it asked a hosted server to (https://spec.matrix.org/v1.19/server-server-api/#joining-rooms). Nothing where nobody is left whom it
 * may be told.
 */
export function chooseDestinations(
  { sender, endsMembershipOf, distributedBy }: DistributedEvent,
  residents: readonly string[],
  { isHosted, allows }: FederationRules,
): Distribution | undefined {
  const senderServer = findServerName(sender) ?? '';
  const origin = isHosted(senderServer) ? senderServer : distributedBy;
  if (origin === undefined || !isHosted(origin)) return undefined;
  const destinations = new Set(residents);
  if (endsMembershipOf !== undefined) destinations.add(endsMembershipOf);
  destinations.delete(senderServer);
  for (const destination of destinations) {
    const isTold = isServerName(destination) && !isHosted(destination) && allows(origin, destination);
    if (!isTold) destinations.delete(destination);
  }
  return destinations.size === 0 ? undefined : { origin, destinations: [...destinations] };
}
