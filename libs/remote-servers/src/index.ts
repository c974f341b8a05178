export { REMOTE_FAILURES } from './remote-servers.ts';
export type {
  RemoteAnswer,
  RemoteBytes,
  RemoteFailure,
  RemoteQuery,
  RemoteRequest,
  RemoteServers,
  Unreachable,
} from './remote-servers.ts';
export { RemoteServerError } from './remote-server-error.ts';
export { isValidAt } from './key-ring.ts';
export type { KeyFetcher, KeyQuery, KeyRing, VerifyKey } from './key-ring.ts';
export type { Discovery, ServerDiscovery, ServerEndpoint } from './server-discovery.ts';
export type { OutboundAnswer, OutboundHttp, OutboundRequest } from './outbound-http.ts';
export { pathOf } from './path-of.ts';
export { encodeBody, targetOf } from './encode-request.ts';
export { parseAnswer } from './parse-answer.ts';
export type {
  BackfillQuery,
  RemoteInvite,
  RemoteMembership,
  RemoteRefusal,
  RemoteRoomOutcome,
  RemoteRooms,
} from './remote-rooms.ts';
export { askServer, isUnsupported } from './endpoints/ask-server.ts';
export type { Malformed, NoAnswer, Refusal, ServerAnswer, ServerPair } from './endpoints/ask-server.ts';
export { backfill } from './endpoints/backfill.ts';
export { exchangeInvite } from './endpoints/exchange-invite.ts';
export type { InviteToExchange } from './endpoints/exchange-invite.ts';
export { getEvent } from './endpoints/get-event.ts';
export { getHierarchy } from './endpoints/get-hierarchy.ts';
export { getMissingEvents } from './endpoints/get-missing-events.ts';
export { getEventAuth, getState, getStateIds } from './endpoints/get-state.ts';
export { makeJoin, makeKnock, makeLeave } from './endpoints/make-membership.ts';
export { publicRooms } from './endpoints/public-rooms.ts';
export { queryDirectory } from './endpoints/query-directory.ts';
export { queryProfile } from './endpoints/query-profile.ts';
export { sendInvite } from './endpoints/send-invite.ts';
export { sendJoin } from './endpoints/send-join.ts';
export { sendKnock } from './endpoints/send-knock.ts';
export { sendLeave } from './endpoints/send-leave.ts';
export { POLICY_SIGN_PATH, signByPolicy } from './endpoints/sign-by-policy.ts';
export { timestampToEvent } from './endpoints/timestamp-to-event.ts';
export { userDevices } from './endpoints/user-devices.ts';
export { claimUserKeys, queryUserKeys } from './endpoints/user-keys.ts';
