/** Choosing by name who answers: what there is, and the sentence for a name that is not among it. */
import type { Action, SettingsScope } from './action.ts';
import type { Configuration } from './configuration.ts';
import type { ThreadSettings } from './conversation.ts';
import { ChatError } from './errors.ts';
import { configNameSchema } from './stored-config.ts';

const HOW_TO_CHOOSE =
  '`provider NAME` chooses one for this conversation, `provider NAME MODEL` its model too; `provider default` hands it back.';

/** Rejects with `ChatError` for a name that this person cannot choose at this level. */
export async function checkProvider(
  configuration: Configuration,
  { actor, thread, place }: Action,
  level: SettingsScope,
  name: string | null | undefined,
): Promise<void> {
  if (name == null) return;
  const scope = { platform: thread.platform, place };
  const names = await configuration.providerNames(scope, actor, level);
  if (names.includes(name)) return;
  // What could be no name is not repeated: it may be words that a platform acts on.
  const said = configNameSchema.safeParse(name).success ? `provider \`${name}\`` : 'such provider';
  throw new ChatError(`There is no ${said} here. Choose one of: ${names.join(', ')}.`);
}

/** Who answers in the conversation and who else could, for the person who asks. */
export async function describeProviders(
  configuration: Configuration,
  { actor, thread, place }: Action,
  conversation: ThreadSettings,
): Promise<string> {
  const scope = { platform: thread.platform, place };
  const names = await configuration.providerNames(scope, actor, 'conversation');
  const { provider, model } = await configuration.resolve(scope, actor, conversation);
  const own = model ? `\`${provider}\`, model \`${model}\`` : `\`${provider}\``;
  return [
    `Provider here: ${provider ? own : 'the default'}. There is: ${names.join(', ')}.`,
    HOW_TO_CHOOSE,
  ].join('\n');
}
