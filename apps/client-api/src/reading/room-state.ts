export { RoomState } from '@plexus/room-view';
