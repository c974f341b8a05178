export { roomWriterContract } from './contracts/room-writer-contract.ts';
export type { RoomWriterHarness } from './contracts/room-writer-contract.ts';
