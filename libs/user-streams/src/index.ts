export { AnnouncedUserStreams } from './announced-user-streams.ts';
export type { AnnouncedUserStreamsOptions } from './announced-user-streams.ts';
export { UserStreamFollower } from './user-stream-follower.ts';
export type { FollowedStream, StreamListener, UserStreamFollowerOptions } from './user-stream-follower.ts';
