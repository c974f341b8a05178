import { userIdText } from '../identifiers.ts';
import { flag, integer, list, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

/** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3user_directorysearch */
export const userSearchRequest = new Shape(object({ search_term: text(), limit: optional(integer({ minimum: 1 })) }));
export type UserSearchRequest = Described<typeof userSearchRequest.schema>;

export const userSearchResponse = new Shape(
  object({
    results: list(object({ user_id: userIdText, display_name: optional(text()), avatar_url: optional(text()) })),
    limited: flag(),
  }),
);
export type UserSearchResponse = Described<typeof userSearchResponse.schema>;
