/** Whether the follower's user needs to know of changes of this user's memberships: hosted servers' users, for most. */
export type WantsMember = (userId: string) => boolean;
