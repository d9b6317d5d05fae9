/** The offline drafter as a provider like any other. */
import { createOfflineProvider } from '../../src/providers/offline.ts';
import { describeProvider } from '../contracts/provider.ts';

describeProvider('offline', async () => ({
  provider: createOfflineProvider(),
  model: 'rules',
  stop: async () => undefined,
}));
