import type { Provider, Type } from '@nestjs/common';
import { StateReader } from '@plexus/room-view';
import { InteractiveAuth } from './authentication/interactive-auth.ts';
import type { ClientApiPorts } from './client-api-ports.ts';
import { BackupVersionsController } from './in/client/keys/backup-versions.controller.ts';
import { CrossSigningController } from './in/client/keys/cross-signing.controller.ts';
import { DehydratedDeviceController } from './in/client/keys/dehydrated-device.controller.ts';
import { KeysController } from './in/client/keys/keys.controller.ts';
import { RoomKeysController } from './in/client/keys/room-keys.controller.ts';
import { ManageBackups } from './key-backups/manage-backups.ts';
import { ReadRoomKeys } from './key-backups/read-room-keys.ts';
import { RemoveRoomKeys } from './key-backups/remove-room-keys.ts';
import { StoreRoomKeys } from './key-backups/store-room-keys.ts';
import { ClaimKeys } from './keys/claim-keys.ts';
import { ManageDehydratedDevice } from './keys/manage-dehydrated-device.ts';
import { FindListAnchors } from './keys/find-list-anchors.ts';
import { KnownDeviceLists } from './keys/known-device-lists.ts';
import { QueryKeys } from './keys/query-keys.ts';
import { QueryRemoteKeys } from './keys/query-remote-keys.ts';
import { ReadDehydratedEvents } from './keys/read-dehydrated-events.ts';
import { UploadKeys } from './keys/upload-keys.ts';
import { UploadSignatures } from './keys/upload-signatures.ts';
import { UploadSigningKeys } from './keys/upload-signing-keys.ts';

/** The endpoints of end-to-end encryption. */
export const KEY_CONTROLLERS: Type[] = [
  KeysController,
  CrossSigningController,
  BackupVersionsController,
  RoomKeysController,
  DehydratedDeviceController,
];

export function composeKeys(ports: ClientApiPorts): Provider[] {
  const { keys, servers, remoteServers } = ports;
  const { backups } = keys;
  const remoteKeys = composeRemoteKeys(ports);
  const useCases = [
    new UploadKeys(keys),
    new QueryKeys({ ...keys, servers, remoteKeys }),
    new ClaimKeys({ ...keys, servers, remoteServers }),
    new UploadSignatures({ ...keys, servers, remoteKeys }),
    new ManageDehydratedDevice(keys),
    new ReadDehydratedEvents(keys),
    new ManageBackups(backups),
    new StoreRoomKeys(backups),
    new ReadRoomKeys(backups),
    new RemoveRoomKeys(backups),
  ];
  return [
    ...useCases.map((useValue) => ({ provide: useValue.constructor, useValue })),
    {
      provide: UploadSigningKeys,
      useFactory: (interactiveAuth: InteractiveAuth) => new UploadSigningKeys(keys, interactiveAuth),
      inject: [InteractiveAuth],
    },
  ];
}

function composeRemoteKeys({ keys, remoteServers, userRooms, rooms, stateNodes }: ClientApiPorts): QueryRemoteKeys {
  const { remoteLists: lists } = keys;
  const anchors = new FindListAnchors({ userRooms, rooms, states: new StateReader(rooms, stateNodes) });
  return new QueryRemoteKeys({ remoteServers, lists, anchors, known: new KnownDeviceLists({ lists, anchors }) });
}
