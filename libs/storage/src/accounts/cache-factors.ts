/** What administrators have set while the deployment runs: for all processes, and beyond their end. */
export interface SetCacheFactors {
  /** Raised with each change. */
  readonly revision: number;
  readonly globalFactor: number | undefined;
  /** By the names of the caches. */
  readonly perCacheFactors: Readonly<Record<string, number>>;
}

/** A process's copy of them, fresh within a second. */
export interface CacheFactorCopy {
  current(): SetCacheFactors;
  /** The listener is called after each change; what comes back ends that. */
  onChange(listener: () => void): () => void;
}

export interface CacheFactorRepository extends CacheFactorCopy {
  /** Sets the factor of a cache, or the one of all without their own; nothing: it is no longer set. The copy has it afterwards. */
  setFactor(which: { readonly cache: string } | 'global', factor: number | undefined): Promise<void>;
}
