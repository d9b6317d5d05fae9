/** What a turn's prompt is made of: the newest messages, notes of what came before them, and their images. */
import { budgetOf } from './budget.ts';
import type { ConversationContext, StoredMessage } from './conversation.ts';
import type { DraftSources } from './draft-evidence.ts';
import {
  createImages,
  type ImagesOptions,
  imagesLength,
  mostImages,
  type ShownImages,
} from './images.ts';
import type { ChatPlatform } from './platform.ts';

import type { ProviderChoice } from './provider.ts';
import type { Reading } from './reading.ts';
import type { Repositories } from './repositories.ts';
import { createSummaries, type Summaries } from './summary.ts';
import { selectWindow } from './window.ts';

export interface Material {
  /** Oldest first. */
  messages: StoredMessage[];
  images: ShownImages;
  /** Older messages exist that are not among them. */
  omitted: boolean;
  /** The newest one was longer than the model takes: so many characters of it are left. */
  cutTo?: number | undefined;
  /** Notes of those; absent until the first time that some were omitted. */
  context: ConversationContext | undefined;
}

export interface GatherInput {
  reading: Reading;
  choice: ProviderChoice;
  platform: ChatPlatform;
  signal: AbortSignal;
}

export interface Gathering {
  gather(input: GatherInput): Promise<Material>;
  /** Puts what fell out of the window into the notes; nothing must wait for it. */
  fold: Summaries['fold'];
}

export interface GatheringOptions extends ImagesOptions {
  repositories: Pick<Repositories, 'messages' | 'contexts'>;
}

export function createGathering(options: GatheringOptions): Gathering {
  const summaries = createSummaries(options);
  const showImages = createImages(options);

  async function gather({ reading, choice, platform, signal }: GatherInput): Promise<Material> {
    const { thread, complete } = reading;
    const most = mostImages(choice);
    const room = budgetOf(choice.contextTokens).conversation - imagesLength(reading.messages, most);
    const window = await selectWindow(reading.messages, room, options.repositories.messages);
    const omitted = window.omitted || !complete;
    const { messages, cutTo } = window;
    const [context, images] = await Promise.all([
      omitted ? summaries.read(thread) : undefined,
      showImages({ messages, most, platform, thread: thread.thread, signal }),
    ]);
    return { messages, images, omitted, cutTo, context };
  }

  return { gather, fold: summaries.fold };
}

/** Characters that the model will be shown, images counted as such, about. */
export function materialLength({ messages }: Reading, choice: ProviderChoice): number {
  const text = messages.reduce((length, message) => length + message.text.length, 0);
  const images = imagesLength(messages, mostImages(choice));
  return Math.min(text + images, budgetOf(choice.contextTokens).conversation);
}

/** What a draft may rest on besides `more`: what was said, its links, and what was attached to it. */
export function toSources(
  { messages, images, context }: Material,
  more: string[],
): Omit<DraftSources, 'labels'> {
  return {
    messages: messages.map(({ text }) => text),
    found: [context?.summary ?? '', ...more, ...messages.flatMap(linksOf)],
    sawImages: [...images.values()].some((image) => typeof image !== 'string'),
  };
}

function linksOf({ permalink, attachments = [] }: StoredMessage): string[] {
  return [permalink ?? '', ...attachments.flatMap(({ name, url }) => [name, url])];
}
