export { decodeDirectoryToken, encodeDirectoryToken } from '@plexus/matrix-api';
export type { DirectoryToken } from '@plexus/matrix-api';
