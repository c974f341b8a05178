export { AnnouncedUserStreams } from './announced-user-streams.ts';
export type { AnnouncedUserStreamsOptions } from './announced-user-streams.ts';
export { UserStreamFollower } from './user-stream-follower.ts';
export type { FollowedStream, StreamListener, UserStreamFollowerOptions } from './user-stream-follower.ts';
export { PUSH_RULES_TYPE, pushRulesContent, readPushRuleChanges, readPushRules } from './push-rules-content.ts';
export { StoredPushRules } from './stored-push-rules.ts';
export {
  accountSettingsCodec,
  isAccountSetting,
  loadAccountSettings,
  NO_ACCOUNT_SETTINGS,
  StoredAccountSettings,
} from './account-settings.ts';
export type { AccountSettings } from './account-settings.ts';
export { aliasCodec, StoredAliases } from './stored-aliases.ts';
export { profileCodec, StoredProfiles } from './stored-profiles.ts';
export type { StoredProfilesPorts } from './stored-profiles.ts';
