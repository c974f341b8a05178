import type { ServerSettingsBody } from '@plexus/matrix-api';
import { noticeWordsOf } from '@plexus/service-shell';
import type { HostedServerNotices, HostedServerSettings, NoticeWords } from '@plexus/storage';

type WrittenNotices = NonNullable<ServerSettingsBody['server_notices']>;
type WrittenLimit = NonNullable<ServerSettingsBody['usage_limit']>;
type UsageLimit = NonNullable<HostedServerSettings['usageLimit']>;

/** Notices of a server in the words of the configuration file. */
export function noticesOf(written: WrittenNotices): HostedServerNotices {
  const { enabled, language, translations = {} } = written;
  return withoutNothing({
    enabled,
    displayName: written.system_mxid_display_name,
    avatarUrl: written.system_mxid_avatar_url,
    roomName: written.room_name,
    roomAvatarUrl: written.room_avatar_url,
    roomTopic: written.room_topic,
    autoJoin: written.auto_join,
    language,
    translations: mapped(translations, noticeWordsOf),
  });
}

export function writtenNotices(notices: HostedServerNotices): WrittenNotices {
  return withoutNothing({
    enabled: notices.enabled,
    system_mxid_display_name: notices.displayName,
    system_mxid_avatar_url: notices.avatarUrl,
    room_name: notices.roomName,
    room_avatar_url: notices.roomAvatarUrl,
    room_topic: notices.roomTopic,
    auto_join: notices.autoJoin,
    language: notices.language,
    translations: mapped(notices.translations ?? {}, writtenWords),
  });
}

/** The limit of a server in the words of the configuration file. */
export function usageLimitOf(written: WrittenLimit): UsageLimit {
  return withoutNothing({
    isEnabled: written.limit_usage_by_mau,
    monthlyActiveUsers: written.max_mau_value,
    alerts: written.mau_limit_alerting,
    adminContact: written.admin_contact,
  });
}

export function writtenUsageLimit(limit: UsageLimit): WrittenLimit {
  return withoutNothing({
    limit_usage_by_mau: limit.isEnabled,
    max_mau_value: limit.monthlyActiveUsers,
    mau_limit_alerting: limit.alerts,
    admin_contact: limit.adminContact,
  });
}

type WrittenWords = NonNullable<WrittenNotices['translations']>[string];

function writtenWords({ displayName, roomName, roomTopic, usageLimit }: NoticeWords): WrittenWords {
  return withoutNothing({
    display_name: displayName,
    room_name: roomName,
    room_topic: roomTopic,
    usage_limit: usageLimit,
  });
}

function mapped<T, U>(values: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> | undefined {
  const entries = Object.entries(values).map(([name, value]) => [name, change(value)] as const);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

type Present<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** The members that have a value. */
function withoutNothing<T extends object>(object: T): Partial<Present<T>> {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<Present<T>>;
}
