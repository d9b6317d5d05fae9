/** What a person finds at the bot's own place on a platform: theirs, from whichever platform it came. */
import type { Configuration } from './configuration.ts';
import type { Conversation } from './conversation.ts';
import type { Author } from './message.ts';
import type { Repositories } from './repositories.ts';
import type { Settings } from './settings.ts';
import type { Ticket } from './ticket.ts';

const CONVERSATIONS = 10;
const DRAFTS = 10;

export interface Home {
  /** The newest ten. */
  conversations: Conversation[];
  /** Open drafts of theirs, at most ten. */
  drafts: Ticket[];
  /** Their own; what they do not say is decided by the place. */
  settings: Settings;
}

export interface HomeOptions {
  repositories: Pick<Repositories, 'users' | 'conversations' | 'tickets'>;
  configuration: Configuration;
}

export function createHome({ repositories, configuration }: HomeOptions) {
  return async function readHome(actor: Author): Promise<Home> {
    const { id } = await configuration.userOf(actor);
    const [known, conversations, drafts] = await Promise.all([
      repositories.users.getConfiguration(id),
      repositories.conversations.listConversations(id, { limit: CONVERSATIONS }),
      repositories.tickets.listOpenDrafts(id, { limit: DRAFTS }),
    ]);
    return {
      conversations: conversations.items,
      drafts: drafts.items,
      settings: known?.settings ?? {},
    };
  };
}
