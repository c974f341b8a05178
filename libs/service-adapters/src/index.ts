export { databaseUrls, openDatabases } from './open-databases.ts';
export type { Databases } from './open-databases.ts';
export { openCaches } from './open-caches.ts';
export { openRoomWriters } from './open-room-writers.ts';
export type { RoomWriters, ServedRoomWriter } from './open-room-writers.ts';
export { openResources } from './open-resources.ts';
export type { Resources } from './open-resources.ts';
export { openTopics } from './open-topics.ts';
export { openTokenBuckets } from './open-token-buckets.ts';
