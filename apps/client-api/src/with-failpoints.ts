import type { ClientApiPorts } from './client-api-ports.ts';
import type { Failpoint, Failpoints } from './failpoints.ts';
import { instead } from './instead.ts';

type Steps = Pick<ClientApiPorts, 'users' | 'sessions' | 'creations' | 'aliases' | 'published' | 'writer'>;

/** The ports through which a request changes something, with a failpoint before and after each change. */
export function withFailpoints(ports: Steps, failpoints: Failpoints): Steps {
  const { users, sessions, creations, aliases, published, writer } = ports;
  const between = async <T>(before: Failpoint, work: () => Promise<T>, after: Failpoint): Promise<T> => {
    await failpoints.reach(before);
    const result = await work();
    await failpoints.reach(after);
    return result;
  };
  return {
    users: instead(users, {
      addUser: (user) => between('client-api.before-account', () => users.addUser(user), 'client-api.after-account'),
      registerUser: (user) =>
        between('client-api.before-account', () => users.registerUser(user), 'client-api.after-account'),
    }),
    sessions: instead(sessions, {
      openSession: (session) =>
        between('client-api.before-session', () => sessions.openSession(session), 'client-api.after-session'),
    }),
    creations: {
      storeCreation: (creation) =>
        between('client-api.before-creation', () => creations.storeCreation(creation), 'client-api.after-creation'),
    },
    aliases: instead(aliases, {
      addAlias: (alias) => between('client-api.before-alias', () => aliases.addAlias(alias), 'client-api.after-alias'),
    }),
    published: instead(published, {
      publishRoom: (...room) =>
        between('client-api.before-publication', () => published.publishRoom(...room), 'client-api.after-publication'),
    }),
    writer: {
      execute: (command) =>
        between('client-api.before-command', () => writer.execute(command), 'client-api.after-command'),
    },
  };
}
