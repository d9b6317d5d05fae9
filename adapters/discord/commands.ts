/**
 * The commands as people find them in Discord's client, and what they mean to the bot. One `/ticket`
 * with a subcommand for each verb: Discord does not let a command be used by itself and have
 * subcommands too. The verbs are the same as those of a mention, and are read by the same rules; what
 * has no subcommand of its own is said as it is after a mention.
 */
import {
  type APIApplicationCommandBasicOption,
  type APIApplicationCommandSubcommandOption,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  InteractionContextType,
  type RESTPostAPIApplicationCommandsJSONBody,
} from 'discord.js';
import { MODES, settingsSchema } from '../../src/core/settings.ts';

export const TICKET = 'ticket';
export const DRAFT_FROM_MESSAGE = 'Draft a ticket';
export const NEW = 'new';
export const SAY = 'say';

/** Options that search while somebody types, and what they search for. */
export const SEARCHED = { project: 'project', provider: 'provider' } as const;

const { String: Text, Integer, Subcommand } = ApplicationCommandOptionType;
/** Discord's, for what is typed into an option. */
const MAX_PROMPT = 6_000;
const ONE_HUNDRED = 100;

const where = {
  contexts: [InteractionContextType.Guild, InteractionContextType.BotDM],
  integration_types: [ApplicationIntegrationType.GuildInstall],
};

const project: APIApplicationCommandBasicOption = {
  ...{ type: Text, name: 'project', autocomplete: true, max_length: 300 },
  description: 'Where issues go, for instance github:owner/repo',
};
const provider: APIApplicationCommandBasicOption = {
  ...{ type: Text, name: 'provider', autocomplete: true, max_length: ONE_HUNDRED },
  description: 'Who answers',
};
const mode: APIApplicationCommandBasicOption = {
  ...{ type: Text, name: 'mode', description: 'Discuss, or draft tickets' },
  choices: MODES.map((name) => ({ name, value: name })),
};
const number: APIApplicationCommandBasicOption = {
  ...{ type: Integer, name: 'number', min_value: 1, max_value: 999_999 },
  description: 'Which draft; without it the only open one',
};

const verb = (
  name: string,
  description: string,
  options: APIApplicationCommandBasicOption[] = [],
): APIApplicationCommandSubcommandOption => ({
  ...{ type: Subcommand, name, description },
  ...(options.length > 0 && { options }),
});
const required = (option: APIApplicationCommandBasicOption) =>
  ({ ...option, required: true }) as APIApplicationCommandBasicOption;

const VERBS = [
  verb(NEW, 'Say what is wrong or wanted; a thread opens for it', [
    {
      ...{ type: Text, name: 'prompt', required: true, max_length: MAX_PROMPT },
      description: 'In your own words',
    },
    ...[project, mode, provider],
  ]),
  verb('drafts', 'Show the open drafts of this thread again'),
  verb('approve', 'File a draft as an issue', [number]),
  verb('approve-all', 'File every open draft of this thread'),
  verb('discard', 'Throw a draft away', [number]),
  verb('stop', 'Stop the running answer'),
  verb('mode', 'Discuss, or draft tickets, in this thread', [required(mode)]),
  verb('project', 'Where this thread files its issues', [required(project)]),
  verb('provider', 'Who answers in this thread', [
    provider,
    {
      ...{ type: Text, name: 'model', max_length: 200 },
      description: 'Which model; without it the provider’s own',
    },
  ]),
  verb('settings', 'What applies here, and why'),
  verb('set', 'Change a setting', [
    {
      ...{ type: Text, name: 'name', description: 'Which setting', required: true },
      choices: Object.keys(settingsSchema.shape).map((name) => ({ name, value: name })),
    },
    {
      ...{ type: Text, name: 'value', required: true, max_length: 2_000 },
      description: 'The value; `default` hands it back',
    },
    {
      ...{ type: Text, name: 'for', description: 'Whose; without it this thread’s' },
      choices: [
        { name: 'me', value: 'my' },
        { name: 'this channel', value: 'channel' },
        { name: 'this server', value: 'workspace' },
      ],
    },
  ]),
  verb('list', 'Your conversations', [
    {
      ...{ type: Integer, name: 'page', min_value: 1, max_value: 10 },
      description: 'Twenty are on each; without it the newest',
    },
  ]),
  verb('share', 'A link by which anybody can read this conversation'),
  verb('unshare', 'End that link'),
  verb(
    'link',
    'Follow an issue in this thread, or make your account on another platform yours here',
    [
      {
        ...{ type: Text, name: 'to', max_length: 500 },
        description:
          'An issue (#12 or its address), or the code you got there; without it a new code',
      },
    ],
  ),
  verb('unlink', 'Stop following the issue of this thread'),
  verb('sign-in', 'A link to the console, for you alone'),
  verb('archive', 'Put this conversation away'),
  verb('delete', 'Delete this conversation and everything beneath'),
  verb(SAY, 'Any other verb of the help, such as edit, fill, add and create', [
    {
      ...{ type: Text, name: 'words', required: true, max_length: MAX_PROMPT },
      description: 'As after a mention: edit 1 title: A better title',
    },
  ]),
  verb('help', 'What I do, and how'),
];

export const COMMANDS: RESTPostAPIApplicationCommandsJSONBody[] = [
  {
    ...{ type: ApplicationCommandType.ChatInput, name: TICKET, ...where },
    description: 'Draft tickets, review them, file them',
    options: VERBS,
  },
  { ...{ type: ApplicationCommandType.Message, name: DRAFT_FROM_MESSAGE, ...where } },
];

/** What was chosen, by the options' names. */
export type Chosen = Record<string, string | number | boolean | undefined>;

/** The same in the words of a mention, for `parseCommand`. */
export function toWords(subcommand: string, chosen: Chosen): string {
  const say = (...words: Chosen[string][]) => words.filter((word) => word !== undefined).join(' ');
  switch (subcommand) {
    case 'approve-all':
      return 'approve all';
    case 'sign-in':
      return 'sign in';
    case 'delete':
      return 'delete conversation';
    case SAY:
      return String(chosen.words ?? '');
    case 'set':
      return say('set', chosen.for, chosen.name, chosen.value);
    default:
      return say(
        subcommand,
        chosen.number,
        chosen.mode,
        chosen.project,
        chosen.provider,
        chosen.model,
        chosen.to,
        // Of commands that were registered by a version before.
        chosen.code,
        chosen.page,
      );
  }
}
