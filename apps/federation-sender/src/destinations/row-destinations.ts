import type { JsonObject } from '@plexus/matrix-base';
import { findServerName } from '@plexus/matrix-base';
import type { LoggedRow, StateKeyChange } from '@plexus/room-log';
import { chooseDestinations } from './choose-destinations.ts';
import type { FederationRules } from './choose-destinations.ts';
import { findEndedMembership } from './ended-membership.ts';
import type { EndedMembershipPorts } from './ended-membership.ts';
import type { OutboundBatch } from './outbound-publisher.ts';
import { outgoingReceipts } from './outgoing-receipts.ts';
import type { ResidentServers } from './resident-servers.ts';

export interface RowDestinationsPorts extends FederationRules, Pick<EndedMembershipPorts, 'reader'> {
  readonly residents: ResidentServers;
}

/** Where rows of the room log go; they are given in the order of their shard's log. */
export class RowDestinations {
  readonly #ports: RowDestinationsPorts;

  constructor(ports: RowDestinationsPorts) {
    this.#ports = ports;
  }

  /** Reads what these rows need, at once. */
  async load(shard: number, rows: readonly LoggedRow[]): Promise<void> {
    const concerned = rows.filter(isTold);
    await this.#ports.residents.load(
      shard,
      concerned.map(({ roomNid }) => roomNid),
    );
  }

  /** Adds what a row comes to, be it nothing. */
  async add(row: LoggedRow, generation: number, batch: Pick<OutboundBatch, 'addEvent' | 'addEdu'>): Promise<void> {
    const { residents } = this.#ports;
    const { shard, roomNid, position } = row;
    // A row before may have had the room forgotten.
    while (isTold(row) && residents.hasAny(shard, roomNid) === undefined) await residents.reload(shard, roomNid);
    if (row.kind === 'receipt') this.#addReceipts(row, batch);
    if (row.kind === 'event') await this.#addEvent(row, generation, batch);
    if (this.#changesOthers(row)) residents.changed(shard, roomNid, position);
  }

  /** Whether the row changed a hosted user's membership where other servers are; also where it is not known what changed. It has been added. */
  mayBringTogether({ kind, shard, roomNid, event, changedState, previousRoot, currentRoot }: LoggedRow): boolean {
    if (kind !== 'event' || event === undefined || previousRoot === currentRoot) return false;
    if (this.#ports.residents.hasAny(shard, roomNid) === false) return false;
    return previousRoot === 0 || changedState.some((change) => this.#isMemberOf(change, true));
  }

  /** What was read is of the past. */
  forget(): void {
    this.#ports.residents.clear();
  }

  async #addEvent(row: LoggedRow, generation: number, batch: Pick<OutboundBatch, 'addEvent'>): Promise<void> {
    const { residents } = this.#ports;
    const { shard, roomNid, roomId, position, event } = row;
    if (event === undefined) return;
    if (residents.hasAny(shard, roomNid) !== true && !this.#changesOthers(row)) return;
    const pdu = JSON.parse(event.json.toString()) as JsonObject;
    const { sender, type } = pdu;
    if (typeof sender !== 'string' || typeof type !== 'string') return;
    // The first that is stored of a room and is not its beginning is how a hosted server came into it: the server that let it in tells the others.
    if (row.previousRoot === 0 && type !== 'm.room.create') return;
    const endsMembershipOf = await findEndedMembership(this.#ports, row, { event, pdu });
    const distributed = { sender, endsMembershipOf, distributedBy: row.body?.toString() };
    const chosen = chooseDestinations(distributed, residents.before(shard, roomNid, position) ?? [], this.#ports);
    if (chosen === undefined) return;
    const { origin, destinations } = chosen;
    const { eventNid } = event;
    const place = { roomShard: shard, position, generation, eventNid, roomNid, roomId };
    batch.addEvent({ ...place, origin, destinations: [...destinations] });
  }

  #addReceipts({ shard, roomNid, roomId, position, body }: LoggedRow, batch: Pick<OutboundBatch, 'addEdu'>): void {
    const { residents, isHosted, allows } = this.#ports;
    if (body === undefined || residents.hasAny(shard, roomNid) !== true) return;
    const servers = residents.before(shard, roomNid, position + 1) ?? [];
    for (const edu of outgoingReceipts(roomId, body, isHosted)) {
      batch.addEdu(
        edu,
        servers.filter((serverName) => allows(edu.origin, serverName)),
      );
    }
  }

  /** Whether the membership of a user of another server changed; also where it is not known what changed. */
  #changesOthers({ changedState, previousRoot, currentRoot }: LoggedRow): boolean {
    if (previousRoot === currentRoot) return false;
    return changedState.some((change) => this.#isMemberOf(change, false));
  }

  #isMemberOf({ type, stateKey }: StateKeyChange, isHosted: boolean): boolean {
    return type === 'm.room.member' && this.#ports.isHosted(findServerName(stateKey) ?? '') === isHosted;
  }
}

/** Whether the row may come to something for other servers. */
function isTold({ kind }: LoggedRow): boolean {
  return kind === 'event' || kind === 'receipt';
}
