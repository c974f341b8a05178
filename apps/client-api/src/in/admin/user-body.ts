import type { AdminDeviceBody, AdminUserBody, AdminUsersBody } from '@plexus/matrix-api';
import type { AdminUser, DeviceRecord } from '@plexus/storage';
import type { UserDetails } from '../../administration/read-user.ts';

/** A user in a list. */
export function bodyOfListedUser(user: AdminUser): AdminUsersBody['users'][number] {
  return {
    name: user.userId,
    user_type: user.userType ?? null,
    is_guest: user.isGuest,
    admin: user.isAdmin,
    deactivated: user.isDeactivated,
    erased: user.isErased,
    shadow_banned: user.isShadowBanned,
    locked: user.isLocked,
    suspended: user.isSuspended,
    displayname: user.displayName ?? null,
    avatar_url: user.avatarUrl ?? null,
    creation_ts: user.createdAt,
    last_seen_ts: user.lastSeenAt ?? null,
  };
}

/** Synapse knows one policy: of several, the fields of consent tell of what the user agreed to last, and was asked for last. */
export function bodyOfUser(
  user: AdminUser,
  { externalIds, threepids, lastConsent, consentAskedFor }: UserDetails,
): AdminUserBody {
  return {
    ...bodyOfListedUser(user),
    threepids: threepids.map(({ medium, address, addedAt, validatedAt }) => {
      return { medium, address, added_at: addedAt, validated_at: validatedAt };
    }),
    external_ids: externalIds.map((id) => ({ auth_provider: id.authProvider, external_id: id.externalId })),
    appservice_id: user.registeredBy ?? null,
    consent_server_notice_sent: consentAskedFor ?? null,
    consent_version: lastConsent?.version ?? null,
    consent_ts: lastConsent?.acceptedAt ?? null,
  };
}

export function bodyOfDevice(device: DeviceRecord): AdminDeviceBody {
  return {
    device_id: device.deviceId,
    user_id: device.userId,
    display_name: device.displayName ?? null,
    last_seen_ip: device.lastSeenIp ?? null,
    last_seen_user_agent: device.lastSeenUserAgent ?? null,
    last_seen_ts: device.lastSeenAt ?? null,
  };
}
