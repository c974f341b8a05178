/** How a look for work went. */
export type WorkLook = 'idle' | 'worked' | { readonly error: unknown };

export interface WorkLooks {
  /** Takes up one job, if there is one. */
  readonly runOnce: (stopping: AbortSignal) => Promise<'idle' | 'worked'>;
  /** Awaited where there was nothing to do, or it failed: then somebody takes it up later. */
  readonly rest: (look: Exclude<WorkLook, 'worked'>) => Promise<void>;
  readonly report: (look: WorkLook) => void;
}

/** Looks for jobs until the signal aborts, one after the other. */
export async function lookForWork(stopping: AbortSignal, looks: WorkLooks): Promise<void> {
  while (!stopping.aborted) {
    const look = await tryOnce(stopping, looks);
    looks.report(look);
    if (look !== 'worked') await looks.rest(look);
  }
}

async function tryOnce(stopping: AbortSignal, { runOnce }: WorkLooks): Promise<WorkLook> {
  try {
    return await runOnce(stopping);
  } catch (error) {
    return { error };
  }
}
