/** What became of a person's action, as a message: a sentence, a list, or a question that one button answers. */
import { type APIMessageTopLevelComponent, ButtonStyle } from 'discord.js';
import type { ActionOutcome } from '../../src/core/action.ts';
import { describeOutcome, leadToButton } from '../../src/core/outcome-text.ts';
import { toButton, toConfirmation, toRow } from './card-action.ts';

export interface RenderedOutcome {
  text: string;
  components: APIMessageTopLevelComponent[];
}

/** For the eyes of whoever did it. */
export function renderOutcome(outcome: ActionOutcome): RenderedOutcome {
  const { confirm } = outcome;
  const asked = confirm && toButton('Yes, go on', toConfirmation(confirm), ButtonStyle.Danger);
  return { text: describeOutcome(leadToButton(outcome)), components: asked ? [toRow(asked)] : [] };
}
