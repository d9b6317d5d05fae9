/** Choosing by name who answers: what there is, and the sentence for a name that is not among it. */
import type { Action, SettingsScope } from './action.ts';
import type { ChooseProvider } from './compose.ts';
import type { Configuration, Scope } from './configuration.ts';
import type { ThreadSettings } from './conversation.ts';
import { ChatError } from './errors.ts';
import { mayConfigure } from './permission.ts';
import type { SettingsChanges } from './settings-change.ts';
import { configNameSchema } from './stored-config.ts';
import { within } from './within.ts';

const HOW_TO_CHOOSE =
  '`provider NAME` chooses one for this conversation, `provider NAME MODEL` its model too; `provider default` hands it back.';

/** Out of the time that somebody waits for an answer, in milliseconds. */
const LIST_MS = 2_000;
const MOST_NAMED = 10;
/** No word of a sentence has these. */
const LIKE_A_MODEL = /^(?=.*[\d:/-])[\w.:/@+-]+$/;

export interface ProviderChoosing {
  configuration: Configuration;
  chooseProvider: ChooseProvider;
}

/** Rejects with `ChatError` for a name that this person cannot choose at this level, and for words that are no model. */
export async function checkProvider(
  choosing: ProviderChoosing,
  action: Action,
  level: SettingsScope,
  { provider: name, model }: SettingsChanges,
): Promise<void> {
  if (name == null) return;
  const { actor } = action;
  const names = await choosing.configuration.providerNames(scopeOf(action), actor, level);
  if (!names.includes(name)) {
    // What could be no name is not repeated: it may be words that a platform acts on.
    const said = configNameSchema.safeParse(name).success
      ? `provider \`${name}\``
      : 'such provider';
    throw new ChatError(`There is no ${said} here. Choose one of: ${names.join(', ')}.`);
  }
  if (level === 'conversation' && model && mayConfigure(actor)) {
    await checkModel(choosing, action, name, model);
  }
}

/** What follows a provider's name may be a sentence: `provider openai fails`. */
async function checkModel(
  choosing: ProviderChoosing,
  action: Action,
  name: string,
  model: string,
): Promise<void> {
  const models = (await within(LIST_MS, listModels(choosing, action, name))) ?? [];
  const unlisted = `Say \`provider ${name}\`, then \`set model NAME\`, for one that it does not list.`;
  if (models.length === 0) {
    if (LIKE_A_MODEL.test(model)) return;
    throw new ChatError(
      `I could not learn which models \`${name}\` has, and that does not look like one. ${unlisted}`,
    );
  }
  // Ollama takes a name for its newest.
  if (models.includes(model) || models.includes(`${model}:latest`)) return;
  const rest = models.length > MOST_NAMED ? ` and ${models.length - MOST_NAMED} more` : '';
  throw new ChatError(
    `\`${name}\` lists no such model. It has: ${models.slice(0, MOST_NAMED).join(', ')}${rest}. ${unlisted}`,
  );
}

/** None where it cannot be asked, which its first turn will say. */
async function listModels(
  { configuration, chooseProvider }: ProviderChoosing,
  action: Action,
  name: string,
): Promise<string[]> {
  try {
    const chosen = { provider: name };
    const settings = await configuration.resolve(scopeOf(action), action.actor, chosen);
    const [{ provider }] = await chooseProvider(settings);
    return (await provider.listModels()).map(({ id }) => id);
  } catch {
    return [];
  }
}

/** Who answers in the conversation and who else could, for the person who asks. */
export async function describeProviders(
  configuration: Configuration,
  action: Action,
  conversation: ThreadSettings,
): Promise<string> {
  const { actor } = action;
  const scope = scopeOf(action);
  const names = await configuration.providerNames(scope, actor, 'conversation');
  const { provider, model } = await configuration.resolve(scope, actor, conversation);
  const own = model ? `\`${provider}\`, model \`${model}\`` : `\`${provider}\``;
  return [
    `Provider here: ${provider ? own : 'the default'}. There is: ${names.join(', ')}.`,
    HOW_TO_CHOOSE,
  ].join('\n');
}

const scopeOf = ({ thread, place }: Action): Scope => ({ platform: thread.platform, place });
