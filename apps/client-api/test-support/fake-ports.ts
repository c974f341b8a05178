import { fakeAdminPorts } from './fake-admin-ports.ts';
import type { FakeAdminPorts } from './fake-admin-ports.ts';
import {
  FakeAccountDeactivations,
  FakeAccounts,
  FakeAppservices,
  FakeCache,
  FakeCrossSigning,
  FakeDehydratedDevices,
  FakeDeviceKeys,
  FakeKeyVersions,
  FakeGuestMemberships,
  FakeHostedServers,
  FakeKeyBackups,
  FakeNoticeDeliveries,
  FakeNoticeRooms,
  FakePolicies,
  FakeHierarchyPages,
  FakeProfiles,
  FakeUserDirectory,
  FakeReports,
  FakeRelations,
  FakeRemoteDeviceLists,
  FakeRooms,
  FakeServerRemovals,
  FakeUserStreams,
} from '@plexus/testing';
import { StoredUserKeys } from '@plexus/user-keys';
import { AppserviceRegistry } from '@plexus/appservices';
import { loadAccountSettings } from '@plexus/user-streams';
import { systemRandomSource } from '@plexus/service-shell';
import type { Requester } from '@plexus/service-shell';
import type { AppservicePorts } from '../src/appservices/appservice-ports.ts';
import type { ClientApiPorts } from '../src/client-api-ports.ts';
import { FakeAppserviceRequests } from './fake-appservice-requests.ts';
import { FakeEphemeralPublisher } from './fake-ephemeral-publisher.ts';
import { WakeUp } from '../src/profiles/wake-up.ts';
import { FakeNotices } from './fake-notices.ts';
import { FakeRemoteRooms, FakeRemoteServers } from './fake-remote-servers.ts';
import { FakeRoomWriter } from './fake-room-writer.ts';

export interface FakePorts extends ClientApiPorts {
  readonly admin: FakeAdminPorts;
  readonly accounts: FakeAccounts;
  readonly rooms: FakeRooms;
  readonly writer: FakeRoomWriter;
  readonly notices: FakeNotices;
  readonly noticeRooms: FakeNoticeRooms;
  readonly ephemeral: FakeEphemeralPublisher;
  readonly remoteServers: FakeRemoteServers;
  readonly remoteRooms: FakeRemoteRooms;
  readonly servers: FakeHostedServers;
  readonly removals: FakeServerRemovals;
  readonly reports: FakeReports;
  readonly userStreams: FakeUserStreams;
  readonly profiles: FakeProfiles;
  readonly policies: FakePolicies;
  readonly appservices: AppservicePorts & { readonly requests: FakeAppserviceRequests };
  /** Application services whose tokens came from elsewhere, with the addresses. */
  readonly blocked: readonly string[];
}

/** All ports of `client-api` in memory, with these hosted servers. */
export function fakePorts(serverNames: readonly string[] = ['one.example']): FakePorts {
  const accounts = new FakeAccounts();
  const servers = new FakeHostedServers(serverNames);
  const profiles = new FakeProfiles(accounts);
  const rooms = new FakeRooms();
  const appservices = new FakeAppservices();
  const blocked: string[] = [];
  const userStreams = new FakeUserStreams(accounts);
  const deviceKeys = new FakeDeviceKeys(accounts);
  const crossSigning = new FakeCrossSigning(accounts);
  const versions = new FakeKeyVersions(accounts, { deviceKeys, crossSigning });
  const policies = new FakePolicies();
  return {
    blocked,
    admin: fakeAdminPorts(),
    accounts,
    users: accounts,
    sessions: accounts,
    deactivations: new FakeAccountDeactivations(accounts),
    devices: accounts,
    authSessions: accounts.authSessions,
    registrationTokens: accounts.authSessions,
    shortLived: accounts.shortLived,
    threepids: accounts.threepids,
    validations: accounts.threepids,
    mailer: { send: async () => undefined },
    filters: accounts.filters,
    creations: accounts,
    aliases: accounts,
    storedAliases: accounts,
    published: accounts,
    forgotten: accounts,
    reports: new FakeReports(),
    profiles,
    storedProfiles: {
      findProfile: (userId) => profiles.findProfile(userId),
      findProfiles: (userIds) => accounts.findProfiles(userIds),
    },
    propagations: profiles,
    profileChanges: new WakeUp(),
    pages: new FakeHierarchyPages(),
    userDirectory: new FakeUserDirectory(accounts),
    guests: new FakeGuestMemberships(accounts, rooms),
    removals: new FakeServerRemovals(accounts, servers),
    removedRooms: { countRemovedRooms: async () => 0 },
    servers,
    rooms,
    positions: rooms,
    relations: new FakeRelations((roomNid) => rooms.eventsOf(roomNid)),
    search: { search: async () => [], countHits: async () => 0, findHighlights: async () => [] },
    userRooms: rooms,
    deadLetters: { listDeadLetters: async () => [], findDeadLetter: async () => undefined },
    givenUp: { listGivenUpPdus: async () => [] },
    redactedCopies: { listRedactedCopies: async () => [] },
    writer: new FakeRoomWriter(rooms),
    notices: new FakeNotices(),
    noticeRooms: new FakeNoticeRooms(),
    sentNotices: new FakeNoticeDeliveries(),
    aclDenies: () => undefined,
    isNoticesUser: (userId) => userId.startsWith('@notices:'),
    remoteServers: new FakeRemoteServers(),
    remoteRooms: new FakeRemoteRooms(),
    extremities: { listBackwardExtremities: async () => [] },
    keys: {
      deviceKeys,
      deviceLists: { deviceListChanged: () => {} },
      remoteLists: new FakeRemoteDeviceLists(),
      dehydrated: new FakeDehydratedDevices(accounts, deviceKeys),
      crossSigning,
      stored: new StoredUserKeys({ versions, deviceKeys, crossSigning, generation: () => 1, cache: new FakeCache() }),
      inbox: userStreams,
      streams: userStreams,
      backups: new FakeKeyBackups(),
      keyCounts: new FakeCache(),
    },
    ephemeral: new FakeEphemeralPublisher(),
    outgoing: { storeEdus: async () => undefined, tryAgain: async () => undefined },
    policy: { allows: () => true },
    userStreams,
    accountData: userStreams,
    settings: { find: (userId) => loadAccountSettings(userStreams, userId) },
    accountSettings: new FakeCache(),
    pushRules: new FakeCache(),
    tokens: new FakeCache(),
    stateNodes: new FakeCache(),
    passwords: {
      hash: async (password) => `hash of ${password}`,
      verify: async (password, hash) => hash === `hash of ${password}`,
    },
    sightings: { seen: () => undefined },
    limiter: { use: () => 0 },
    quotas: { findExceeded: () => undefined },
    usage: { check: () => undefined, checkNew: async () => undefined },
    policies,
    consents: policies,
    requireConsent: { execute: () => undefined },
    clock: { now: () => Date.now(), delay: async () => {} },
    random: systemRandomSource,
    appservices: {
      registry: new AppserviceRegistry(appservices, servers, { now: () => Date.now() }),
      repository: appservices,
      requests: new FakeAppserviceRequests(),
      blocked: (id, address) => void blocked.push(`${id} ${address}`),
    },
  };
}

const NO_ROLES = { isAdmin: false, isDeploymentAdmin: false, isGuest: false };

/** A user as the authenticator knows them. */
export function requesterOf(userId: string, deviceId = 'DEVICE'): Requester {
  const serverName = userId.slice(userId.indexOf(':') + 1);
  return { userId, deviceId, serverName, ...NO_ROLES, tokenHash: Buffer.alloc(32) };
}
