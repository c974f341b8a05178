/** What distinguishes one room version from another. Rules read these flags; none compares a version string. */
export interface RoomVersionRules {
  readonly version: RoomVersion;
  /** Stable versions may be chosen for new rooms without a warning. */
  readonly stability: 'stable' | 'unstable';

  // Event format
  /** `server-chosen`: the `event_id` key is part of the event (1, 2). `base64`: hash in standard alphabet (3). `url-safe`: from 4 on. */
  readonly eventIdFormat: 'server-chosen' | 'base64' | 'url-safe';
  /** In 1 and 2 `prev_events` and `auth_events` are pairs of id and hashes. */
  readonly eventReferences: 'pairs' | 'ids';
  /** From 12 on the room id is the create event's id with another sigil, and the create event has no `room_id`. */
  readonly roomIdIsCreateEventHash: boolean;
  /** From 12 on `m.room.create` is never listed in `auth_events`. */
  readonly createEventInAuthEvents: boolean;
  /** From 11 on the creator is the create event's sender, not `content.creator`. */
  readonly creatorIsSender: boolean;

  // Canonical JSON and signatures
  /** From 6 on events must be strictly canonical: integers in ±(2^53−1), no floats. */
  readonly strictCanonicalJson: boolean;
  /** From 5 on a key must be valid at the event's `origin_server_ts`. */
  readonly enforceKeyValidity: boolean;

  // Redaction
  readonly redaction: {
    /** Up to 5, `m.room.aliases` keeps `aliases`. */
    readonly keepsAliases: boolean;
    /** From 8 on, join rules keep `allow`. */
    readonly keepsJoinRuleAllow: boolean;
    /** From 9 on, members keep `join_authorised_via_users_server`. */
    readonly keepsMemberAuthorisedVia: boolean;
    /** From 11 on: the whole of the create content, `invite` of power levels, `redacts`, member's `third_party_invite.signed`; `origin`, `membership`, `prev_state` are no longer kept. */
    readonly updatedIn11: boolean;
    /** From 11 on `redacts` is a key of `content`. */
    readonly redactsInContent: boolean;
  };
  /** Up to 2 authorization of `m.room.redaction` compares the event ids' domains; from 3 on it is decided when it is applied. */
  readonly redactionAuthorizedByRules: boolean;

  // Authorization
  /** Up to 5, `m.room.aliases` has its own rule. */
  readonly aliasesRule: boolean;
  /** From 6 on the power levels rule also covers `notifications`. */
  readonly limitsNotificationsPowerLevels: boolean;
  /** From 7 on. */
  readonly knocking: boolean;
  /** From 8 on. */
  readonly restrictedJoins: boolean;
  /** From 10 on. */
  readonly knockRestrictedJoins: boolean;
  /** Up to 9, power levels may be strings of digits. */
  readonly integerPowerLevelsOnly: boolean;
  /** From 12 on creators (and `additional_creators`) have infinite power and may not be named in power levels. */
  readonly privilegedCreators: boolean;

  readonly stateResolution: 'v1' | 'v2' | 'v2.1';
}

export type RoomVersion = '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9' | '10' | '11' | '12';
