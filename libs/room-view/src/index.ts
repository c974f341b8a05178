export { readEvent } from './read-event.ts';
export type { ReadableEvent } from './read-event.ts';
export { ErasedEvents } from './erased-events.ts';
export type { SeenEvent } from './erased-events.ts';
export { RedactionReader } from './redaction-reader.ts';
export type { ShownEvent } from './redaction-reader.ts';
export { ResidentServers } from './resident-servers.ts';
export type { RoomPlace } from './room-place.ts';
export { roomPlaceCodec, RoomPlaces } from './room-places.ts';
export { lifetimeOf, retentionPolicyOf } from './retention-policy.ts';
export type { RetentionPolicy } from './retention-policy.ts';
export { hasExpired, RoomExpiry } from './room-expiry.ts';
export type { RoomExpiryPorts } from './room-expiry.ts';
export { findServerAcl } from './find-server-acl.ts';
export { EventAtFinder } from './event-at-finder.ts';
export type { EventAt, EventAtQuery, ShowPage } from './event-at-finder.ts';
export { lowerBound, placeAfter, placeBefore } from './timeline-bounds.ts';
export { RoomState } from './room-state.ts';
export { ServerMembers } from './server-members.ts';
export type { ServerMembersPorts } from './server-members.ts';
export { ServerVisibilityReader } from './server-visibility-reader.ts';
export { stateNodeCodec, StateReader } from './state-reader.ts';
export { VisibilityReader } from './visibility-reader.ts';
export type { EventView, RoomEventThere, Viewer } from './visibility-reader.ts';
export { AggregationReader, parentOf } from './aggregation-reader.ts';
export type {
  AggregationParent,
  AggregationPorts,
  ChildEvent,
  EventAggregations,
  RelationViewer,
} from './aggregation-reader.ts';
export { relationsForClients } from './relations-for-clients.ts';
export type { ChildFormat } from './relations-for-clients.ts';
