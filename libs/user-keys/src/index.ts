export { applyRemoteUpdates, named } from './apply-remote-updates.ts';
export type { KnownRemoteKeys, RemoteUserKeys } from './apply-remote-updates.ts';
export { decodeRemoteUpdate, encodeRemoteUpdate, GAP_UPDATE } from './remote-device-update.ts';
export type { RemoteDeviceUpdate } from './remote-device-update.ts';
export { parseKey, publicKeyOf, showKeys, withSignatures } from './show-keys.ts';
export { StoredUserKeys, userKeysCodec } from './stored-user-keys.ts';
export type { StoredUserKeysPorts } from './stored-user-keys.ts';
export type { FoundKeys, ShownKeys } from './show-keys.ts';
