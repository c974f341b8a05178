export { spaceChildrenOf as childrenOf } from '@plexus/room-dag';
