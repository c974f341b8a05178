export { MemoryCacheStore } from './memory-store.ts';
