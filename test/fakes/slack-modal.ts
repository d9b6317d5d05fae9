/** An open modal as Slack's client treats it: what is sent on submit, what an answer does to it. */
import { refuseView } from './slack-blocks.ts';
import type { Acknowledgement } from './slack-delivery.ts';
import type { SlackView } from './slack-world.ts';

export type Element = Record<string, unknown> & { type: string; action_id?: string };
export type Block = Record<string, unknown> & {
  type: string;
  block_id?: string;
  elements?: Element[];
  element?: Element;
  accessory?: Element;
  optional?: boolean;
};

/** What the client sends: what was typed over what was shown. */
export function stateOf({ view }: SlackView, inputs: Record<string, unknown>) {
  const values: Record<string, Record<string, unknown>> = {};
  let missing: string | undefined;
  for (const { type, block_id = '', element, optional } of view.blocks as Block[]) {
    if (type !== 'input' || !element) continue;
    const value = typedInto(element, inputs, block_id);
    const [given] = Object.values(value);
    const empty = given === null || given === '' || (Array.isArray(given) && given.length === 0);
    if (empty && !optional) missing ??= block_id;
    values[block_id] = { [element.action_id ?? '']: { type: element.type, ...value } };
  }
  return { values, missing };
}

function typedInto(element: Element, inputs: Record<string, unknown>, blockId: string) {
  const typed = inputs[blockId];
  const given = blockId in inputs;
  if (element.type === 'plain_text_input') {
    return { value: given ? typed || null : (element.initial_value ?? null) };
  }
  if (element.type.startsWith('multi_')) {
    return { selected_options: given ? typed : (element.initial_options ?? []) };
  }
  if (element.type === 'conversations_select') {
    return { selected_conversation: given ? typed : (element.initial_conversation ?? null) };
  }
  return { selected_option: given ? typed : (element.initial_option ?? null) };
}

/** An empty answer closes the view; `errors` and `update` keep it open. */
export function applyAnswer(view: SlackView, { ok, body }: Acknowledgement): void {
  if (!ok) return;
  const answer = body as {
    response_action?: string;
    errors?: Record<string, string>;
    view?: Record<string, unknown>;
  };
  if (answer?.response_action === 'errors') {
    const inputs = (view.view.blocks as Block[]).filter(({ type }) => type === 'input');
    const known = inputs.map(({ block_id }) => block_id);
    const strange = Object.keys(answer.errors ?? {}).filter((id) => !known.includes(id));
    if (strange.length > 0) throw new Error(`Slack shows no error at ${strange.join(', ')}`);
  } else if (answer?.response_action === 'update') {
    const refused = refuseView(answer.view, 'modal');
    if (refused) throw new Error(`Slack would refuse the new view: ${refused}`);
    view.view = answer.view ?? {};
  } else view.open = false;
}
