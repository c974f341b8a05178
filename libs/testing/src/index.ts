export { roomWriterContract } from './contracts/room-writer-contract.ts';
export type { RoomWriterHarness } from './contracts/room-writer-contract.ts';
export { sharedCacheContract } from './contracts/shared-cache-contract.ts';
export { FakeRooms } from './rooms/fake-rooms.ts';
export type { FakeEvent } from './rooms/fake-rooms.ts';
