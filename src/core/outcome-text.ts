/** What became of an action, in words alone: for wherever there is nothing but a sentence to show it in. */
import type { ActionOutcome } from './action.ts';

/** Markdown: the sentence, and the conversations in a list. */
export function describeOutcome({ message, conversations }: ActionOutcome): string {
  const lines = (conversations?.items ?? []).map(({ title, thread, url }) => {
    const where = url ? `[${thread.platform}](${url})` : thread.platform;
    return `- ${title.replaceAll(/\s+/g, ' ')} (${where})`;
  });
  return [message, ...lines].join('\n');
}

/** The outcome as it is told above a button that confirms it. */
export function leadToButton(outcome: ActionOutcome): ActionOutcome {
  if (!outcome.confirm) return outcome;
  return { ...outcome, message: `${outcome.message} Or confirm it here:` };
}
