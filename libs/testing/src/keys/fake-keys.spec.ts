import { FakeAccounts } from '../accounts/fake-accounts.ts';
import { keyBackupsContract } from '../contracts/key-backups-contract.ts';
import { keysContract } from '../contracts/keys-contract.ts';
import { FakeCrossSigning } from './fake-cross-signing.ts';
import { FakeDeviceKeys } from './fake-device-keys.ts';
import { FakeKeyVersions } from './fake-key-versions.ts';
import { FakeKeyBackups } from './fake-key-backups.ts';

keysContract('fake', async () => {
  const accounts = new FakeAccounts();
  const [deviceKeys, crossSigning] = [new FakeDeviceKeys(accounts), new FakeCrossSigning(accounts)];
  const versions = new FakeKeyVersions(accounts, { deviceKeys, crossSigning });
  return {
    users: accounts,
    sessions: accounts,
    devices: accounts,
    deviceKeys,
    crossSigning,
    versions,
    close: async () => {},
  };
});

keyBackupsContract('fake', async () => {
  return { users: new FakeAccounts(), backups: new FakeKeyBackups(), close: async () => {} };
});
