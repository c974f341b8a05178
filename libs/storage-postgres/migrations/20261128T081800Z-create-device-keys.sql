-- owner: client-api
-- area: accounts

-- Identity keys of devices. Whoever locks several of a user's rows locks the user's row first.
create table device_keys (
  user_id text not null,
  device_id text not null,
  -- Canonical JSON as the device uploaded it, without "unsigned".
  keys text not null,
  primary key (user_id, device_id)
);

create sequence one_time_key_uploads;

create table one_time_keys (
  user_id text not null,
  device_id text not null,
  algorithm text not null,
  key_id text not null,
  -- Canonical JSON.
  key text not null,
  -- Keys are given out in the order of their uploads.
  upload bigint not null,
  -- Kept for some days, so that an upload that is repeated does not bring a key back that was given out.
  claimed_at timestamptz,
  primary key (user_id, device_id, algorithm, key_id)
);
create index one_time_keys_to_claim on one_time_keys (user_id, device_id, algorithm, upload) where claimed_at is null;

create table fallback_keys (
  user_id text not null,
  device_id text not null,
  algorithm text not null,
  key_id text not null,
  -- Canonical JSON.
  key text not null,
  is_used boolean not null default false,
  primary key (user_id, device_id, algorithm)
);

create table cross_signing_keys (
  user_id text not null,
  -- master, self_signing or user_signing.
  usage text not null,
  -- Unpadded Base64.
  public_key text not null,
  -- Canonical JSON as it was uploaded.
  key text not null,
  primary key (user_id, usage)
);

-- Signatures that were uploaded for keys after the keys themselves.
create table key_signatures (
  user_id text not null,
  -- Of the signed key: a device id, or the public key of a cross-signing key.
  key_id text not null,
  signer_user_id text not null,
  -- As it stands in "signatures": ed25519:<device id or public key>.
  signer_key_id text not null,
  signature text not null,
  primary key (user_id, key_id, signer_user_id, signer_key_id)
);
create index key_signatures_by_signer on key_signatures (signer_user_id);

-- The last change of each user's device list or cross-signing keys. Who has to know of it is found when it is read.
create table device_list_changes (
  user_id text not null,
  -- Empty: everybody who shares a room with the user. Else the one user who sees the change: the signer of the user's master key.
  seen_by text not null,
  position bigint not null,
  primary key (user_id, seen_by)
) with (fillfactor = 80);
create index device_list_changes_by_position on device_list_changes (position);

-- One row: the position of the last change. Whoever makes a change locks it last before the commit, so that positions appear in order.
create table device_list_position (
  singleton boolean primary key default true check (singleton),
  position bigint not null
);
insert into device_list_position (position) values (0);
