export { publishedRoomOf } from '@plexus/matrix-api';
export type { DescribedRoom } from '@plexus/matrix-api';
