/** Where walks through the rooms of a space are to go on (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidhierarchy). */
export interface HierarchyPageRepository {
  /** Pages older than `maxAgeMs` go meanwhile, some at a time. */
  storePage(
    page: { readonly token: string; readonly userId: string; readonly walk: string },
    maxAgeMs: number,
  ): Promise<void>;
  /** Nothing for another user's token. */
  findPage(token: string, userId: string): Promise<string | undefined>;
}
