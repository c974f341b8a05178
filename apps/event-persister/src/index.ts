export { EventPersister } from './event-persister.ts';
