/** "Does this key work?", answered by asking for the models: cheap, and it needs the key. */
import { type ConnectionCheck, ProviderError, type ProviderModel } from '../core/provider.ts';

export async function checkConnection(
  name: string,
  listModels: () => Promise<ProviderModel[]>,
): Promise<ConnectionCheck> {
  try {
    const models = await listModels();
    return {
      ok: true,
      message: `${name} answers and offers ${models.length} ${models.length === 1 ? 'model' : 'models'}.`,
    };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return { ok: false, message: `${error.message}.` };
  }
}
