import type { Type } from '@nestjs/common';
import { KeyChangesController } from './key-changes.controller.ts';
import { OldSyncController } from './old-sync.controller.ts';
import { PresenceController } from './presence.controller.ts';
import { SyncController } from './sync.controller.ts';

/** All endpoints. */
export const SYNC_CONTROLLERS: Type[] = [SyncController, OldSyncController, KeyChangesController, PresenceController];
