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
