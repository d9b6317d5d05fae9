/** What to do about a thread: draft, change a draft, ask back, switch, or answer in words. */
import type { PromptMessage, PromptState } from '../../core/prompt.ts';
import type { ToolCall } from '../../core/provider.ts';
import type { DraftInput, ToolInput, ToolName } from '../../core/tools.ts';
import { draftItem } from './draft.ts';
import { contentWords, readItems } from './read.ts';
import { planRevision } from './revise.ts';
import {
  afterReversal,
  asksForEpic,
  asksForTicket,
  isNoise,
  isRequest,
  isReversal,
  tidy,
} from './talk.ts';

export interface Plan {
  text: string;
  calls: ToolCall[];
}

/** Fewer content words than this, and nobody could start. */
const ENOUGH_WORDS = 3;
const QUESTION_TO_BOT =
  /^(?:what (?:can|do) you|who are you|how do (?:i|you|we)\b|how does this|can you (?:help|explain)|what is (?:this|prompt-to-issue))/i;

export function makePlan(messages: PromptMessage[], state: PromptState | undefined): Plan {
  const said = relevantTexts(messages);
  const latest = said.at(-1) ?? '';
  const mode = /\b(?:just discuss|assistant mode|discussion mode)\b/i.test(latest)
    ? 'assistant'
    : /\bticket mode\b/i.test(latest)
      ? 'ticket'
      : undefined;
  if (mode) return { text: '', calls: [call('set_mode', { mode })] };
  const heard = messages.at(-1)?.text ?? '';
  const revision = state ? planRevision(latest || heard, state) : undefined;
  if (revision) return revision;
  if (said.length === 0 && isReversal(heard)) return { text: NOTHING_LEFT, calls: [] };
  if (QUESTION_TO_BOT.test(tidy(latest))) return { text: WHAT_I_DO, calls: [] };
  if (state?.mode === 'assistant' && !asksForTicket(latest))
    return { text: IN_ASSISTANT_MODE, calls: [] };
  return planDrafts(said, state);
}

const NOTHING_LEFT = 'Then there is nothing to draft. ';
const WHAT_I_DO =
  'Describe a problem or a wish in your own words: I draft a ticket from it, and you edit, approve or discard it. I only know what is said here; `help` lists the commands.';
const IN_ASSISTANT_MODE =
  'I cannot discuss without a model, but I keep listening. Say "draft this" for a ticket, or `mode ticket`.';

function planDrafts(said: string[], state: PromptState | undefined): Plan {
  const requests = said.filter(isRequest);
  const asked = said.filter((text) => !isRequest(text));
  const telling = asked.filter(
    (text) => contentWords(text).length >= ENOUGH_WORDS || /\d/.test(text),
  );
  const whole = (telling.length > 0 ? telling : asked).join('\n\n');
  if (contentWords(whole).length < ENOUGH_WORDS)
    return { text: '', calls: [call('ask_clarification', questionsFor(whole))] };
  const labels = state?.labels ?? [];
  const tickets = readItems(whole).map((item) =>
    draftItem({ ...item, asides: [...item.asides, ...requests] }, labels),
  );
  if (said.some(asksForEpic)) makeEpic(tickets, state?.nextNumber ?? 1);
  const count =
    tickets.length === 1
      ? 'one ticket from what was said'
      : `${tickets.length} tickets, one for each thing that could be closed alone`;
  return {
    text: `I drafted ${count}. `,
    calls: [call('draft_tickets', { tickets })],
  };
}

const FEWEST_CHILDREN = 3;

/** The first becomes the epic of the others, where there are enough of them. */
function makeEpic([epic, ...children]: DraftInput[], number: number): void {
  if (!epic || children.length < FEWEST_CHILDREN) return;
  epic.type = 'epic';
  for (const child of children) {
    child.parent = number;
    if (child.type === 'task') child.type = 'feature';
  }
}

function questionsFor(text: string): ToolInput<'ask_clarification'> {
  const subject =
    tidy(text)
      .replace(/[.!?]+$/, '')
      .slice(0, 60) || 'it';
  const likely = [
    'an error message',
    'nothing happens',
    'a wrong result',
    'it is a wish, not a fault',
  ];
  const questions: [string, string[]][] = [
    [`What exactly happens with "${subject}"?`, likely],
    ['Where does it happen, and what did you do just before?', []],
    ['What should happen instead?', []],
  ];
  return { questions: questions.map(([question, likelyAnswers]) => ({ question, likelyAnswers })) };
}

/** What people said since the bot last drafted; an answer to its questions belongs to what was asked about. */
function relevantTexts(messages: PromptMessage[]): string[] {
  const lastDone = messages.findLastIndex(
    ({ role, text }) => role === 'assistant' && !/^\d\. .+\?/m.test(text),
  );
  const texts: string[] = [];
  for (const { role, text } of messages.slice(lastDone + 1)) {
    if (role === 'assistant' || isNoise(text)) continue;
    if (!isReversal(text)) texts.push(text);
    else texts.splice(0, texts.length, ...restOf(text));
  }
  return texts;
}

/** "Never mind that, the real problem is …" */
function restOf(text: string): string[] {
  const rest = afterReversal(text);
  return rest && contentWords(rest).length >= ENOUGH_WORDS ? [rest] : [];
}

export function call<Name extends ToolName>(name: Name, input: ToolInput<Name>): ToolCall {
  return { id: `offline-${name}`, name, input };
}
