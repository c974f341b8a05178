export type { RoomVersion, RoomVersionRules } from './room-version/rules.ts';
export { DEFAULT_ROOM_VERSION, findRoomVersion, ROOM_VERSIONS } from './room-version/versions.ts';
export type { Pdu, RoomEvent, StateKey } from './pdu/pdu.ts';
export { EMPTY_ROOT } from './state-trie/state-node.ts';
export type { InnerNode, LeafNode, MissingNodes, StateEntry, StateNode, StateNodes } from './state-trie/state-node.ts';
export type { StateSelection } from './state-trie/state-path.ts';
export { decodeStateNode, encodeStateNode, StateNodeFormatError } from './state-trie/node-encoding.ts';
export { lookupState, lookupStates } from './state-trie/lookup-state.ts';
export type { StateLookup, StateLookups } from './state-trie/lookup-state.ts';
export { updateState } from './state-trie/update-state.ts';
export { PendingStateChanges } from './state-trie/pending-changes.ts';
export type { CreatedNode, StateChange, StateUpdate, StateUpdateContext } from './state-trie/update-state.ts';
export { diffStates, findStateConflicts } from './state-trie/diff-states.ts';
export { StateComparison } from './state-trie/state-comparison.ts';
export type { ComparedPiece, StateConflict } from './state-trie/state-comparison.ts';
export type { StateConflicts, StateDiff, StateDifference } from './state-trie/diff-states.ts';
export { listState } from './state-trie/list-state.ts';
export type { StatePage, StatePageRequest } from './state-trie/list-state.ts';
export { markReachable } from './state-trie/mark-reachable.ts';
export type { InterruptedMark, MarkContext, MarkedPiece, NodeIdSet } from './state-trie/mark-reachable.ts';
export { MAX_AUTH_EVENTS, MAX_DEPTH, MAX_FIELD_BYTES, MAX_PDU_BYTES, MAX_PREV_EVENTS } from './pdu/limits.ts';
export type { Drop } from './pdu/outcome.ts';
export { buildRoomEvent } from './pdu/build-room-event.ts';
export type { BuiltRoomEvent, ProtoEvent } from './pdu/build-room-event.ts';
export { addSignatures, signEvent } from './pdu/sign-event.ts';
export type { EventSigner, SignedEvent } from './pdu/sign-event.ts';
export { isCreateEvent, roomEventFromPdu } from './pdu/room-event-from-pdu.ts';
export { redactContent, redactPdu } from './pdu/redact.ts';
export { computeContentHash } from './pdu/content-hash.ts';
export { computeReferenceHash, createEventIdFromRoomId, roomIdFromCreateEventId } from './pdu/event-id.ts';
export { parseRoomEvent } from './pdu/parse-room-event.ts';
export { checkFormat } from './pdu/check-format.ts';
export type { ValidFormat } from './pdu/check-format.ts';
export { checkReceivedPdu, readReceivedPdu, verifyReceivedPdu } from './pdu/check-received-pdu.ts';
export type { ReceivedPdu, VerifiedPdu } from './pdu/check-received-pdu.ts';
export { checkSignatures, findRequiredSignatures } from './pdu/check-signatures.ts';
export type {
  CheckedSignatures,
  FindVerifyKey,
  NeededKeys,
  RequiredSignature,
  VerifyKey,
} from './pdu/check-signatures.ts';
export { checkContentHash } from './pdu/content-hash.ts';
export { EncodedPdu } from './pdu/encoded-pdu.ts';
export { eventIdOf } from './pdu/event-id.ts';
export { redactEvent } from './pdu/redact-event.ts';
export { toClientEvent, toClientEventWithoutRoomId } from './pdu/client-event.ts';
export type { ClientEvent } from './pdu/client-event.ts';
export { pruneStrippedState, STRIPPED_STATE_TYPES, toStrippedState } from './pdu/stripped-state.ts';
export type { StrippedStateEvent } from './pdu/stripped-state.ts';
export { findRelation, isReplaceable, isReplacement } from './relations/find-relation.ts';
export type { EventRelation } from './relations/find-relation.ts';
export { authStateOf } from './auth-rules/auth-state.ts';
export type { AuthState } from './auth-rules/auth-state.ts';
export { canRedact } from './auth-rules/redaction.ts';
export { DESCRIBING_TYPES, describeRoom, isPublicRoom } from './room-description/describe-room.ts';
export type { RoomDescription } from './room-description/describe-room.ts';
export { plainTopicsOf } from './room-description/plain-topics.ts';
export { compileGlob } from './glob/compile-glob.ts';
export { compileServerAcl } from './server-acl/compile-server-acl.ts';
export type { ServerAcl } from './server-acl/compile-server-acl.ts';
export {
  findPolicySignature,
  isSignedByPolicyServer,
  needsPolicySignature,
  POLICY_KEY_ID,
  readPolicyServer,
} from './policy-server/policy-server.ts';
export type { PolicyServer } from './policy-server/policy-server.ts';
export type { PushContext } from './push-rules/compile-condition.ts';
export { compilePushRules } from './push-rules/compile-push-rules.ts';
export type { CompiledPushRules } from './push-rules/compile-push-rules.ts';
export { evaluatePushRules } from './push-rules/evaluate-push-rules.ts';
export type { PushEffect } from './push-rules/push-effect.ts';
export { PushEventView } from './push-rules/push-event-view.ts';
export { countUnread, isUnread } from './push-rules/count-unread.ts';
export type { Highlight, ReadMark, UnreadCount, UnreadCounts, UnreadFacts } from './push-rules/count-unread.ts';
export { rulesInRoom } from './push-rules/rules-in-room.ts';
export type { RulesInRoom } from './push-rules/rules-in-room.ts';
export { findMentions, notificationOf } from './push-rules/room-notification.ts';
export type { NotificationLevels, RoomNotification } from './push-rules/room-notification.ts';
export { PUSH_RULE_KINDS } from './push-rules/push-rule.ts';
export type { PushRule, PushRuleKind, PushRuleset } from './push-rules/push-rule.ts';
export { adjustPushRule, putPushRule, removePushRule } from './push-rules/change-push-rules.ts';
export type { PushRuleName, PushRuleOutcome, PushRulePlace } from './push-rules/change-push-rules.ts';
export { buildPushRules, NO_PUSH_RULE_CHANGES } from './push-rules/push-rule-changes.ts';
export type { PredefinedRuleChange, PushRuleChanges } from './push-rules/push-rule-changes.ts';
export { buildPredefinedPushRules } from './push-rules/predefined-push-rules.ts';
export { checkPushActions, checkPushRule } from './push-rules/check-push-rule.ts';
export type {
  InvalidPushRule,
  PushRuleRequest,
  ValidPushActions,
  ValidPushRule,
} from './push-rules/check-push-rule.ts';
export type { AuthAllow, AuthOutcome, AuthReject, AuthRule, MissingEvents } from './auth-rules/auth-outcome.ts';
export { findAuthorisingUser, joinRuleOf, membershipOf } from './auth-rules/auth-state.ts';
export type { EventLookup } from './auth-rules/auth-state.ts';
export { authTypesForEvent } from './auth-rules/auth-types-for-event.ts';
export type { AuthSubject } from './auth-rules/auth-types-for-event.ts';
export { checkAuth } from './auth-rules/check-auth.ts';
export { authEventsStateOf, checkAuthEvents } from './auth-rules/check-auth-events.ts';
export { creatorsOf, findCreator, isPrivilegedCreator } from './auth-rules/create.ts';
export {
  powerLevelOf,
  requiredActionLevel,
  requiredNotificationLevel,
  requiredPowerLevel,
} from './auth-rules/power-levels.ts';
export type { ActionLevel } from './auth-rules/power-levels.ts';
export { resolveState } from './state-resolution/resolve.ts';
export { NOT_LOADED } from './state-resolution/resolution-input.ts';
export type {
  AuthChild,
  AuthChildren,
  AuthGraph,
  MissingForResolution,
  Resolution,
  ResolutionInput,
  ResolvedEntry,
  ResolvedState,
  StateConflictEntry,
  UnconflictedState,
} from './state-resolution/resolution-input.ts';
export { canServerSeeEvent, canUserSeeEvent } from './visibility/can-see-event.ts';
export type { ServerBeforeEvent, UserBeforeEvent } from './visibility/can-see-event.ts';
export { isErasable, isErasedFor } from './visibility/erasure.ts';
export type { ErasureReader } from './visibility/erasure.ts';
export { historyVisibilityOf } from './visibility/history-visibility.ts';
export type { HistoryVisibility } from './visibility/history-visibility.ts';
export { spaceChildrenOf } from './spaces/space-children.ts';
