import { QueryAppservices } from '@plexus/appservices';
import { Admission, FairSlots, PeerSightings } from '@plexus/service-shell';
import type { Provider, Type } from '@nestjs/common';
import { EventAtFinder, RedactionReader, RoomState, ServerVisibilityReader, StateReader } from '@plexus/room-view';
import { AuthenticateRequest } from './authentication/authenticate-request.ts';
import type { FederationIngressConfig } from './config.ts';
import { requestSlots } from './config.ts';
import { ClaimKeys } from './devices/claim-keys.ts';
import { ListDevices } from './devices/list-devices.ts';
import { QueryKeys } from './devices/query-keys.ts';
import { FindOpenIdUser } from './directory/find-openid-user.ts';
import { GetHierarchy } from './directory/get-hierarchy.ts';
import { ListPublicRooms } from './directory/list-public-rooms.ts';
import { QueryAlias } from './directory/query-alias.ts';
import { QueryProfile } from './directory/query-profile.ts';
import type { FederationIngressPorts } from './federation-ingress-ports.ts';
import { DevicesController } from './in/devices.controller.ts';
import { DirectoryController } from './in/directory.controller.ts';
import { EventsController } from './in/events.controller.ts';
import { HistoryController } from './in/history.controller.ts';
import { InviteController } from './in/invite.controller.ts';
import { MembershipController } from './in/membership.controller.ts';
import { OpenIdController } from './in/openid.controller.ts';
import { IdentityServersController } from './in/identity-servers.controller.ts';
import { ServerKeysController } from './in/server-keys.controller.ts';
import { ThirdPartyInvitesController } from './in/third-party-invites.controller.ts';
import { TransactionsController } from './in/transactions.controller.ts';
import { VersionController } from './in/version.controller.ts';
import { XMatrixGuard } from './in/x-matrix.guard.ts';
import { PublishServerKeys } from './keys/publish-server-keys.ts';
import { QueryServerKeys } from './keys/query-server-keys.ts';
import { ExchangeInvite } from './membership/exchange-invite.ts';
import { JoinAnswer } from './membership/join-answer.ts';
import { MakeMembership } from './membership/make-membership.ts';
import { ReceiveInvite } from './membership/receive-invite.ts';
import { RestrictedJoins } from './membership/restricted-joins.ts';
import { RoomOwners } from './membership/room-owners.ts';
import { SendMembership } from './membership/send-membership.ts';
import { TakeBoundInvites } from './membership/take-bound-invites.ts';
import { FindEventAt } from './reading/find-event-at.ts';
import { GetEventAuth } from './reading/get-event-auth.ts';
import { GetEvent } from './reading/get-event.ts';
import { GetHistory } from './reading/get-history.ts';
import { GetStateAt } from './reading/get-state-at.ts';
import { ShowPdus } from './reading/show-pdus.ts';
import { SnapshotReader } from './reading/snapshot-reader.ts';
import { WalkBack } from './reading/walk-back.ts';
import { RoomDoor } from './rooms/room-door.ts';
import { OriginSlots } from './rooms/origin-slots.ts';
import { ServerAclReader } from './rooms/server-acl-reader.ts';
import { FederationTelemetry } from './telemetry.ts';
import type { ReceivedPdu } from './transactions/received-pdu.ts';
import { ReceiveDepartures } from './transactions/receive-departures.ts';
import { ReceiveDeviceLists } from './transactions/receive-device-lists.ts';
import { ReceiveEdus } from './transactions/receive-edus.ts';
import { ReceivePdus } from './transactions/receive-pdus.ts';
import { ReceivePresence } from './transactions/receive-presence.ts';
import { ReceiveReceipts } from './transactions/receive-receipts.ts';
import { ReceiveToDevice } from './transactions/receive-to-device.ts';
import { ReceiveTransaction } from './transactions/receive-transaction.ts';
import { ReceiveTyping } from './transactions/receive-typing.ts';

/** All endpoints. */
export const FEDERATION_CONTROLLERS: Type[] = [
  VersionController,
  ServerKeysController,
  TransactionsController,
  EventsController,
  HistoryController,
  MembershipController,
  InviteController,
  ThirdPartyInvitesController,
  IdentityServersController,
  DirectoryController,
  OpenIdController,
  DevicesController,
];

/** What reading rooms shares. */
interface Readers {
  readonly stateReader: StateReader;
  readonly states: RoomState;
  readonly acls: ServerAclReader;
  readonly door: RoomDoor;
  readonly showPdus: ShowPdus;
  readonly snapshots: SnapshotReader;
  readonly owners: RoomOwners;
  readonly largeReads: OriginSlots;
}

/** So many states of rooms one server reads at once: of a large one many users may join at the same moment. */
const LARGE_READS = { most: 4, mostWaiting: 50 };
/** So many spaces one server looks through at once: each of a hundred children may have members to be looked through. */
const HIERARCHIES = { most: 4, mostWaiting: 200 };
/** Nobody signs what identity servers say: so many of their requests are attended to at once. */
const BOUND_INVITES = { most: 8, mostWaiting: 0 };
/** A server sends one transaction after the other to each hosted server, and of these there may be thousands in one room; some have bodies of 12 MiB. */
const TRANSACTIONS = { most: 8, mostWaiting: 5_000, mostWaitingBytes: 32 * 1024 * 1024 };

/** Makes all use cases, each from the ports that it uses. */
export function composeFederationIngress(
  config: FederationIngressConfig,
  ports: FederationIngressPorts,
  telemetry: FederationTelemetry,
): Provider[] {
  const readers = composeReaders(ports);
  const slots = new FairSlots(requestSlots(config), ports.clock);
  telemetry.watchSlots(slots);
  return [
    { provide: Admission, useValue: new Admission(slots) },
    { provide: FederationTelemetry, useValue: telemetry },
    XMatrixGuard,
    { provide: PeerSightings, useValue: ports.sightings },
    provide(
      new AuthenticateRequest({
        servers: ports.servers,
        keys: ports.keyRing,
        clock: ports.clock,
        isAllowed: ({ origin, destination }) => ports.policy.allows(destination, origin),
        refused: (request) => telemetry.refused(request),
      }),
    ),
    ...composeReading(ports, readers),
    ...composeTransactions(config, { ports, readers, telemetry }),
    ...composeMembership(ports, readers, telemetry),
    ...composeDirectory(config, ports, readers),
    ...composeDevices(ports),
    ...composeKeys(ports),
  ];
}

function composeReaders({ rooms, stateNodes, acls: cache, writer, users, servers }: FederationIngressPorts): Readers {
  const stateReader = new StateReader(rooms, stateNodes);
  const redactions = new RedactionReader(rooms, stateReader);
  const acls = new ServerAclReader({ rooms, states: stateReader, redactions, acls: cache });
  return {
    stateReader,
    states: new RoomState(rooms, stateReader, redactions),
    acls,
    door: new RoomDoor({ rooms, acls }),
    showPdus: new ShowPdus({ redactions, visibility: new ServerVisibilityReader(rooms, stateReader), users, servers }),
    largeReads: new OriginSlots(LARGE_READS),
    snapshots: new SnapshotReader(rooms, stateReader),
    owners: new RoomOwners(writer),
  };
}

function composeReading(ports: FederationIngressPorts, readers: Readers): Provider[] {
  const { rooms } = ports;
  return [
    provide(new GetEvent({ ...ports, ...readers })),
    provide(new GetStateAt({ ...readers, rooms })),
    provide(new GetEventAuth({ ...readers, rooms })),
    provide(new GetHistory({ ...ports, ...readers, walkBack: new WalkBack(rooms) })),
    provide(new FindEventAt(readers.door, new EventAtFinder(rooms))),
  ];
}

interface TransactionParts {
  readonly ports: FederationIngressPorts;
  readonly readers: Readers;
  readonly telemetry: FederationTelemetry;
}

function composeTransactions(
  { presence }: FederationIngressConfig,
  { ports, readers, telemetry }: TransactionParts,
): Provider[] {
  const { rooms, records, clock, userStreams, deviceLists, transactions, earlyReceipts: early } = ports;
  const { acls, owners, states } = readers;
  const received = (pdu: ReceivedPdu): void => telemetry.receivedPdu(pdu);
  const pdus = new ReceivePdus({
    ...ports,
    acls,
    departures: new ReceiveDepartures({ ...ports, owners, received }),
    shardOf: (roomId) => ports.shardOf(roomId),
    received,
  });
  const edus = new ReceiveEdus({
    typing: new ReceiveTyping({ rooms, acls, states, records }),
    receipts: new ReceiveReceipts({ rooms, acls, owners, early, clock }),
    presence: new ReceivePresence({ records, clock, isEnabled: presence.enabled }),
    toDevice: new ReceiveToDevice(userStreams),
    deviceLists: new ReceiveDeviceLists({ deviceLists, announcer: userStreams }, 'device'),
    signingKeys: new ReceiveDeviceLists({ deviceLists, announcer: userStreams }, 'signing-keys'),
    received: (eduType, outcome) => telemetry.receivedEdu(eduType, outcome),
  });
  return [provide(new ReceiveTransaction({ transactions, pdus, edus, slots: new OriginSlots(TRANSACTIONS) }))];
}

function composeMembership(
  ports: FederationIngressPorts,
  readers: Readers,
  telemetry: FederationTelemetry,
): Provider[] {
  const { rooms, servers: keys, checker, clock } = ports;
  const { stateReader, states, door, owners, largeReads } = readers;
  const restrictedJoins = new RestrictedJoins({ rooms, states, snapshots: stateReader });
  const joinAnswer = new JoinAnswer({ ...readers, rooms, states: stateReader });
  const received = (pdu: ReceivedPdu): void => telemetry.receivedPdu(pdu);
  return [
    provide(new MakeMembership({ door, rooms, states, restrictedJoins, clock })),
    provide(
      new SendMembership({ door, checker, owners, restrictedJoins, keys, states, joinAnswer, largeReads, received }),
    ),
    provide(new ReceiveInvite({ ...ports, ...readers, keys, received })),
    provide(new ExchangeInvite({ ...ports, door, states })),
    provide(new TakeBoundInvites({ ...ports, states, owners, slots: new OriginSlots(BOUND_INVITES) })),
  ];
}

function composeDirectory(
  { room_directory: directory }: FederationIngressConfig,
  ports: FederationIngressPorts,
  { acls, states, stateReader: snapshots }: Readers,
): Provider[] {
  const { rooms, profiles, aliases, published, shortLived } = ports;
  const isShared = directory.allow_public_rooms_over_federation;
  return [
    provide(new QueryProfile(profiles)),
    provide(new QueryAlias(aliases, rooms, new QueryAppservices(ports.appservices))),
    provide(new ListPublicRooms({ published, rooms, acls, isShared })),
    provide(new GetHierarchy({ rooms, states, snapshots, acls, slots: new OriginSlots(HIERARCHIES) })),
    provide(new FindOpenIdUser(shortLived)),
  ];
}

function composeDevices(ports: FederationIngressPorts): Provider[] {
  const queryKeys = new QueryKeys(ports);
  return [provide(queryKeys), provide(new ListDevices(queryKeys, ports.deviceVersions)), provide(new ClaimKeys(ports))];
}

function composeKeys({
  servers,
  clock,
  policy,
  serverKeys: stored,
  keyFetcher: fetcher,
}: FederationIngressPorts): Provider[] {
  const own = new PublishServerKeys(servers, clock);
  return [provide(own), provide(new QueryServerKeys({ own, stored, fetcher, signers: servers, policy, clock }))];
}

/** An instance under its class. */
function provide(useValue: object): Provider {
  return { provide: useValue.constructor, useValue };
}
