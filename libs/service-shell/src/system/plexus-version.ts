/** Of this release. */
export const PLEXUS_VERSION = '0.1.0';
