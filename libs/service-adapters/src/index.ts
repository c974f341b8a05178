export { databaseUrls, openDatabases } from './open-databases.ts';
export type { Databases } from './open-databases.ts';
export { openCaches } from './open-caches.ts';
export { openRoomWriters } from './open-room-writers.ts';
export type { RoomWriters, ServedRoomWriter } from './open-room-writers.ts';
