/** The providers there are, each made when it is first needed. */
import type { ChooseProvider } from '../core/compose.ts';
import { ChatError } from '../core/errors.ts';
import type { ProviderChoice } from '../core/provider.ts';

export interface ProvidersOptions {
  /** Used where no setting names another. */
  defaultProvider: string;
}

const OFFLINE_MODEL = 'rules';

export function createProviders({ defaultProvider }: ProvidersOptions): ChooseProvider {
  const made = new Map<string, Promise<ProviderChoice>>();

  return async function chooseProvider({ provider = defaultProvider }) {
    const known = made.get(provider) ?? makeProvider(provider);
    made.set(provider, known);
    return [await known];
  };
}

async function makeProvider(name: string): Promise<ProviderChoice> {
  if (name !== 'offline') {
    throw new ChatError(`There is no provider named "${name}" here. There is: offline.`);
  }
  const { createOfflineProvider } = await import('./offline.ts');
  return { provider: createOfflineProvider(), model: OFFLINE_MODEL };
}
