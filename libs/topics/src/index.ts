export { LoggedReceipts, RoomLogKind, RoomLogRecord } from './generated/plexus/topics/v1/room_events.ts';
export type { ChangedStateKey, LoggedEvent, LoggedReceipt } from './generated/plexus/topics/v1/room_events.ts';
export { assignPartitions } from './assignment/assign-partitions.ts';
export type {
  BroadcastReader,
  BroadcastReaderOptions,
  GroupConsumer,
  GroupConsumerOptions,
  PartitionLag,
  RecordBatch,
  RecordHandler,
  StartOffset,
  TopicReset,
  UndecodableRecord,
} from './consumer.ts';
export { DEFAULT_DELIVERY_LIMITS } from './delivery/delivery-limits.ts';
export type { DeliveryLimits } from './delivery/delivery-limits.ts';
export { PartitionDelivery } from './delivery/partition-delivery.ts';
export type { ArrivedRecord, PartitionDeliveryOptions } from './delivery/partition-delivery.ts';
export type { Producer, ProducerDepth } from './producer.ts';
export { MAX_RECORD_BYTES } from './topic-definition.ts';
export type { IfLost, RecordCodec, TopicDefinition, TopicSetup } from './topic-definition.ts';
export { TopicError } from './topic-error.ts';
export type { TopicErrorKind } from './topic-error.ts';
export type { OutgoingRecord, RecordHeaders, TopicRecord } from './topic-record.ts';
export type { Topics } from './topics.ts';
export { PartitionPull } from './delivery/partition-pull.ts';
export type { PartitionEdges, PartitionPullOptions, PartitionSource } from './delivery/partition-pull.ts';
export { FederationPduRecord } from './generated/plexus/topics/v1/federation_pdus.ts';
export { PresenceRecord } from './generated/plexus/topics/v1/presence_events.ts';
export { PRESENCE_EVENTS } from './presence-topics.ts';
export { RoomEphemeralRecord } from './generated/plexus/topics/v1/room_ephemeral.ts';
export { RoomGapRecord } from './generated/plexus/topics/v1/room_gaps.ts';
export { FEDERATION_PDUS, ROOM_EPHEMERAL, ROOM_EVENTS, ROOM_GAPS } from './room-topics.ts';
export { FederationOutboundRecord } from './generated/plexus/topics/v1/federation_outbound.ts';
export type { OutboundEdu, OutboundEvent, OutboundWake } from './generated/plexus/topics/v1/federation_outbound.ts';
export { DESTINATION_SHARDS, destinationShardOf, FEDERATION_OUTBOUND } from './federation-topics.ts';
export { UserStreamRecord } from './generated/plexus/topics/v1/user_events.ts';
export { appserviceShardOf, USER_EVENTS, USER_PARTITIONS, userPartitionOf } from './user-topics.ts';
export { lossyGroup } from './group/lossy-group.ts';
export type { LossyGroupOptions } from './group/lossy-group.ts';
export { tellRevoked } from './group/tell-revoked.ts';
export { TopicGroup } from './group/topic-group.ts';
export type { TopicGroupPorts } from './group/topic-group.ts';
export { AccountEventRecord } from './generated/plexus/topics/v1/account_events.ts';
export { ACCOUNT_EVENTS } from './account-topics.ts';
