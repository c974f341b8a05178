/** Tells whether users' keys are still those that somebody has read. */
export interface UserKeyVersionReader {
  /**
   * Versions of what the repositories of keys find of users: their devices' keys with the devices' names, their keys of cross-signing, and the signatures
   * by themselves. Each change gives another version, with the commit that changes it. Nothing where none was ever recorded. Users who do not exist,
   * or were deactivated, are left out.
   */
  findKeyVersions(userIds: readonly string[]): Promise<Map<string, string | undefined>>;
}
