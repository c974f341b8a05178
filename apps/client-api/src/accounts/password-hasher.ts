/** Hashes passwords, at a cost that an operator sets. */
export interface PasswordHasher {
  /** A PHC string. */
  hash(password: string): Promise<string>;
  /** Whether the password is the one that was hashed. Without a hash it takes as long and is false, so that time tells nobody who exists. */
  verify(password: string, passwordHash: string | undefined): Promise<boolean>;
}
