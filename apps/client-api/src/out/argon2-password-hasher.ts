import { Algorithm, hash, verify } from '@node-rs/argon2';
import type { PasswordHasher } from '../accounts/password-hasher.ts';

export interface Argon2Cost {
  readonly memoryKib: number;
  readonly iterations: number;
  readonly parallelism: number;
}

/** Argon2id, off the main thread. The cost is kept in the hash, so that it can be raised without locking anybody out. */
export class Argon2PasswordHasher implements PasswordHasher {
  readonly #cost: Argon2Cost;
  #hashOfNobody: Promise<string> | undefined;

  constructor(cost: Argon2Cost) {
    this.#cost = cost;
  }

  hash(password: string): Promise<string> {
    const { memoryKib, iterations, parallelism } = this.#cost;
    const algorithm: Algorithm.Argon2id = ARGON2ID;
    return hash(password, { algorithm, memoryCost: memoryKib, timeCost: iterations, parallelism });
  }

  async verify(password: string, passwordHash: string | undefined): Promise<boolean> {
    if (passwordHash !== undefined) return verify(passwordHash, password);
    this.#hashOfNobody ??= this.hash('nobody');
    await verify(await this.#hashOfNobody, password);
    return false;
  }
}

/** @NOTE The package exports a const enum, which does not exist at run time. */
const ARGON2ID = 2;
