export { ClientApiModule } from './client-api.module.ts';
export { CreateUser } from './accounts/create-user.ts';
export type { UserCreation } from './accounts/create-user.ts';
export type { PasswordHasher } from './accounts/password-hasher.ts';
export { Argon2PasswordHasher } from './out/argon2-password-hasher.ts';
export { configuredServers, passwordCost } from './config.ts';
export { FAILPOINTS } from './failpoints.ts';
export { SeedServers } from './servers/seed-servers.ts';
export { RotateSigningKey } from './servers/rotate-signing-key.ts';
