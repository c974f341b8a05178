import type { Provider, Type } from '@nestjs/common';
import { RecordAction } from './audit/record-action.ts';
import { ADMIN_CONTROLLERS, composeAdmin } from './compose-admin.ts';
import { Admission, Authenticator, FairSlots } from '@plexus/service-shell';
import { StoredPushRules } from '@plexus/user-streams';
import { ChangeTags } from './account-data/change-tags.ts';
import { GetAccountData } from './account-data/get-account-data.ts';
import { StoreAccountData } from './account-data/store-account-data.ts';
import type { ClientApiPorts } from './client-api-ports.ts';
import { quotaRules, requestSlots } from './config.ts';
import type { ClientApiConfig } from './config.ts';
import type { TokenUses } from '@plexus/service-shell';
import { ConfirmAccess } from './accounts/confirm-access.ts';
import { ACCOUNT_CONTROLLERS, composeAccounts } from './compose-accounts.ts';
import { APPSERVICE_CONTROLLERS, composeAppservices } from './compose-appservices.ts';
import { composeJoinSteps, composeRoomState } from './compose-join-steps.ts';
import { composeKeys, KEY_CONTROLLERS } from './compose-keys.ts';
import { composePolicies, POLICY_CONTROLLERS } from './compose-policies.ts';
import { composeReading, READING_CONTROLLERS } from './compose-reading.ts';
import { ListGivenUpPdus } from './dead-letters/list-given-up-pdus.ts';
import { ListRedactedCopies } from './dead-letters/list-redacted-copies.ts';
import { DescribeUsage } from './quotas/describe-usage.ts';
import { RequireQuota } from './quotas/require-quota.ts';
import { withinQuotas } from './quotas/within-quotas.ts';
import { ManageDeadLetters } from './dead-letters/manage-dead-letters.ts';
import { GetFilter } from './filters/get-filter.ts';
import { StoreFilter } from './filters/store-filter.ts';
import { PublishRoom } from './directory/publish-room.ts';
import { Access } from './in/access.ts';
import { AddressLimits } from './in/address-limits.ts';
import { AccountDataController } from './in/client/account-data.controller.ts';
import { CreateRoomController } from './in/client/create-room.controller.ts';
import { FilterController } from './in/client/filter.controller.ts';
import { JoinController } from './in/client/join.controller.ts';
import { PushRulesController } from './in/client/push-rules.controller.ts';
import { MembershipController } from './in/client/rooms/membership.controller.ts';
import { RedactController } from './in/client/rooms/redact.controller.ts';
import { SendController } from './in/client/rooms/send.controller.ts';
import { StateController } from './in/client/rooms/state.controller.ts';
import { SendToDeviceController } from './in/client/send-to-device.controller.ts';
import { TagsController } from './in/client/tags.controller.ts';
import { VersionsController } from './in/client/versions.controller.ts';
import { WellKnownController } from './in/client/well-known.controller.ts';
import { provide } from './provide.ts';
import { RequestedServer } from './in/requested-server.ts';
import { Visitors } from './in/visitors.ts';
import { HOSTED_SERVERS } from './in/tokens.ts';
import { ChangeMembership } from './rooms/change-membership.ts';
import { CheckCanonicalAlias } from './rooms/check-canonical-alias.ts';
import { ClaimAlias } from './rooms/claim-alias.ts';
import { CreateRoom } from './rooms/create-room.ts';
import { EnterRoom } from './rooms/enter-room.ts';
import { FindRoomToJoin } from './rooms/find-room-to-join.ts';
import { ForgetRoom } from './rooms/forget-room.ts';
import { GatheredProfiles } from './rooms/gathered-profiles.ts';
import { RedactEvent } from './rooms/redact-event.ts';
import { FindDeniedServers } from './rooms/find-denied-servers.ts';
import { SendEvent } from './rooms/send-event.ts';
import { SendState } from './rooms/send-state.ts';
import { AddServer } from './servers/add-server.ts';
import { ChangeServer } from './servers/change-server.ts';
import { RemoveServer } from './servers/remove-server.ts';
import { ImportSigningKeys } from './servers/import-signing-keys.ts';
import { RotateSigningKey } from './servers/rotate-signing-key.ts';
import { ChangePushRules } from './push-rules/change-push-rules.ts';
import { GetPushRules } from './push-rules/get-push-rules.ts';
import { SendToDevice } from './to-device/send-to-device.ts';

/** All endpoints. */
export const CONTROLLERS: Type[] = [
  ...ADMIN_CONTROLLERS,
  VersionsController,
  WellKnownController,
  ...ACCOUNT_CONTROLLERS,
  PushRulesController,
  CreateRoomController,
  JoinController,
  FilterController,
  AccountDataController,
  TagsController,
  SendToDeviceController,
  SendController,
  RedactController,
  StateController,
  MembershipController,
  ...READING_CONTROLLERS,
  ...KEY_CONTROLLERS,
  ...POLICY_CONTROLLERS,
  ...APPSERVICE_CONTROLLERS,
];

/** Makes all use cases, each from the ports that it uses. */
export function composeClientApi(config: ClientApiConfig, given: ClientApiPorts): Provider[] {
  const rules = quotaRules(config);
  const ports = withinQuotas(given, new RequireQuota({ ...given, board: given.quotas }, rules));
  return [
    provide(new DescribeUsage({ servers: ports.servers, use: ports.admin.use }, rules)),
    ...composeAdmin(ports),
    ...composeDoors(config, ports),
    ...composeAccounts(config, ports),
    ...composeUserStreams(ports),
    ...composeFilters(ports),
    ...composeRooms(ports),
    ...composeReading(config, ports),
    ...composeServers(ports),
    ...composeKeys(ports),
    ...composePolicies(ports),
    ...composeAppservices(config, ports),
  ];
}

function composeDoors(config: ClientApiConfig, ports: ClientApiPorts): Provider[] {
  const { sessions, tokens, servers, clock, sightings, admin, limiter, appservices, usage } = ports;
  const confirmAccess = new ConfirmAccess(sessions, tokens);
  const uses: TokenUses = {
    confirm: (tokenHash) => confirmAccess.execute(tokenHash),
    seen: (access, request) => sightings.seen(access, request),
  };
  const recordAction = new RecordAction(admin.audit);
  const requestedServer = new RequestedServer(servers);
  const slots = new FairSlots(requestSlots(config), clock);
  ports.watchSlots?.(slots);
  const admission = new Admission(slots, limiter);
  const authenticator = new Authenticator(sessions, tokens, servers, {
    clock,
    uses,
    appservices: appservices.registry,
    appserviceBlocked: appservices.blocked,
    isNoticesUser: ports.isNoticesUser,
    requested: ports.requested,
    usage,
    admit: (serverName, request) => admission.admit(serverName, request),
  });
  const access = new Access(authenticator, recordAction, limiter);
  const addressLimits = new AddressLimits(limiter, requestedServer, admission);
  return [
    provide(recordAction),
    provide(access),
    provide(requestedServer),
    provide(addressLimits),
    provide(new Visitors(access, addressLimits)),
    { provide: HOSTED_SERVERS, useValue: servers },
  ];
}

function composeFilters({ filters }: ClientApiPorts): Provider[] {
  return [provide(new StoreFilter(filters)), provide(new GetFilter(filters))];
}

function composeUserStreams({
  userStreams,
  accountData,
  accountSettings,
  pushRules,
  servers,
  outgoing,
  policy,
}: ClientApiPorts): Provider[] {
  return [
    provide(new GetAccountData(accountData)),
    provide(new GetPushRules(new StoredPushRules(accountData, pushRules))),
    provide(new ChangePushRules(userStreams, pushRules)),
    provide(new StoreAccountData(userStreams, accountSettings)),
    provide(new ChangeTags(userStreams, accountData)),
    provide(new SendToDevice(userStreams, servers, { queues: outgoing, policy })),
  ];
}

function composeRooms(ports: ClientApiPorts): Provider[] {
  const { writer, limiter, aliases, rooms, clock, userRooms, forgotten, requireConsent } = ports;
  const users = new GatheredProfiles(ports.storedProfiles);
  const joinSteps = composeJoinSteps(ports);
  const changeMembership = new ChangeMembership({ ...ports, users, ...joinSteps });
  const claimAlias = new ClaimAlias(aliases, rooms, clock);
  const findRoom = new FindRoomToJoin({ ...ports, aliases: ports.storedAliases });
  return [
    provide(changeMembership),
    provide(new EnterRoom({ findRoom, changeMembership, requireConsent })),
    provide(new CreateRoom({ ...ports, users, keys: ports.servers }, claimAlias, new PublishRoom(ports))),
    provide(new ForgetRoom(userRooms, forgotten)),
    provide(new SendEvent(writer, limiter, requireConsent)),
    provide(
      new SendState(ports, {
        memberships: changeMembership,
        partGuests: joinSteps.partGuests,
        checkCanonicalAlias: new CheckCanonicalAlias({ ...ports, states: composeRoomState(ports), findRoom }),
        findDeniedServers: new FindDeniedServers(ports),
        requireConsent,
      }),
    ),
    provide(new RedactEvent(ports, requireConsent)),
  ];
}

function composeServers(ports: ClientApiPorts): Provider[] {
  const { servers, removals, random, clock, deadLetters, givenUp, redactedCopies, writer } = ports;
  return [
    provide(new AddServer(servers, random)),
    provide(new ChangeServer(servers)),
    provide(new RotateSigningKey(servers, random)),
    provide(new ImportSigningKeys(servers, clock)),
    provide(new RemoveServer(servers, removals, random)),
    provide(new ManageDeadLetters(deadLetters, writer, random)),
    provide(new ListGivenUpPdus(givenUp)),
    provide(new ListRedactedCopies(redactedCopies)),
  ];
}
