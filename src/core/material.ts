/** What a turn's prompt is made of: the newest messages, notes of what came before them, and their files. */
import { budgetOf } from './budget.ts';
import type { ConversationContext, StoredMessage } from './conversation.ts';
import type { DraftSources } from './draft-evidence.ts';
import { createImages, type ImagesOptions, imagesLength, mostImages } from './images.ts';
import type { ChatPlatform } from './platform.ts';
import type { ProviderChoice } from './provider.ts';
import type { Reading } from './reading.ts';
import type { Repositories } from './repositories.ts';
import type { ShownFile, ShownFiles } from './shown-files.ts';
import { createSummaries, type Summaries } from './summary.ts';
import { createTextFiles, roomForTextFiles, textFilesLength } from './text-files.ts';
import { selectWindow } from './window.ts';

export interface Material {
  /** Oldest first. */
  messages: StoredMessage[];
  files: ShownFiles;
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
  const showTextFiles = createTextFiles(options);

  async function gather({ reading, choice, platform, signal }: GatherInput): Promise<Material> {
    const { thread, complete } = reading;
    const left = budgetOf(choice.contextTokens).conversation - filesLength(reading, choice);
    const window = await selectWindow(reading.messages, left, options.repositories.messages);
    const omitted = window.omitted || !complete;
    const { messages, cutTo } = window;
    const shown = { messages, platform, thread: thread.thread, signal };
    const [context, images, texts] = await Promise.all([
      omitted ? summaries.read(thread) : undefined,
      showImages({ ...shown, most: mostImages(choice) }),
      showTextFiles({ ...shown, room: roomForTextFiles(choice) }),
    ]);
    const files = new Map<string, ShownFile>([...images, ...texts]);
    return { messages, files, omitted, cutTo, context };
  }

  return { gather, fold: summaries.fold };
}

/** Characters that the model will be shown, images counted as such, about. */
export function materialLength(reading: Reading, choice: ProviderChoice): number {
  const text = reading.messages.reduce((length, message) => length + message.text.length, 0);
  const whole = text + filesLength(reading, choice);
  return Math.min(whole, budgetOf(choice.contextTokens).conversation);
}

function filesLength({ messages }: Reading, choice: ProviderChoice): number {
  const images = imagesLength(messages, mostImages(choice));
  return images + textFilesLength(messages, roomForTextFiles(choice));
}

/** What a draft may rest on besides `more`: what was said, its links, and what was attached to it. */
export function toSources(
  { messages, files, context }: Material,
  more: string[],
): Omit<DraftSources, 'labels'> {
  const shown = [...files.values()].filter((file) => typeof file !== 'string');
  const texts = shown.flatMap((file) => ('text' in file ? file.text : []));
  return {
    messages: messages.map(({ text }) => text),
    found: [context?.summary ?? '', ...more, ...messages.flatMap(linksOf), ...texts],
    sawImages: shown.some((file) => 'base64' in file),
  };
}

function linksOf({ permalink, attachments = [] }: StoredMessage): string[] {
  return [permalink ?? '', ...attachments.flatMap(({ name, url }) => [name, url])];
}
