/**
 * Block Kit as Slack accepts it, for the blocks an app of this kind sends: every limit of the
 * reference pages, and no property that they do not name.
 */
import { z } from 'zod';

const plain = (most: number) =>
  z.strictObject({
    type: z.literal('plain_text'),
    text: z.string().min(1).max(most),
    emoji: z.boolean().optional(),
  });
const mrkdwn = (most: number) =>
  z.strictObject({
    type: z.literal('mrkdwn'),
    text: z.string().min(1).max(most),
    verbatim: z.boolean().optional(),
  });
const text = (most: number) => z.union([plain(most), mrkdwn(most)]);

const confirm = z.strictObject({
  title: plain(100),
  text: text(300),
  confirm: plain(30),
  deny: plain(30),
  style: z.enum(['primary', 'danger']).optional(),
});

const button = z.strictObject({
  type: z.literal('button'),
  text: plain(75),
  action_id: z.string().min(1).max(255).optional(),
  url: z.string().max(3_000).optional(),
  value: z.string().max(2_000).optional(),
  style: z.enum(['primary', 'danger']).optional(),
  confirm: confirm.optional(),
  accessibility_label: z.string().max(75).optional(),
});

const option = z.strictObject({
  text: plain(75),
  value: z.string().min(1).max(75),
  description: plain(75).optional(),
});
const options = z.array(option).min(1).max(100);

const selectBase = {
  action_id: z.string().min(1).max(255),
  placeholder: plain(150).optional(),
  confirm: confirm.optional(),
  focus_on_load: z.boolean().optional(),
};
const select = z.discriminatedUnion('type', [
  z.strictObject({
    ...selectBase,
    type: z.literal('static_select'),
    options,
    initial_option: option.optional(),
  }),
  z.strictObject({
    ...selectBase,
    type: z.literal('external_select'),
    initial_option: option.optional(),
    min_query_length: z.int().min(0).optional(),
  }),
  z.strictObject({
    ...selectBase,
    type: z.literal('multi_static_select'),
    options,
    initial_options: options.optional(),
    max_selected_items: z.int().min(1).optional(),
  }),
  z.strictObject({
    ...selectBase,
    type: z.literal('multi_external_select'),
    initial_options: options.optional(),
    min_query_length: z.int().min(0).optional(),
    max_selected_items: z.int().min(1).optional(),
  }),
  z.strictObject({
    ...selectBase,
    type: z.literal('conversations_select'),
    default_to_current_conversation: z.boolean().optional(),
    filter: z.record(z.string(), z.unknown()).optional(),
    initial_conversation: z.string().optional(),
    response_url_enabled: z.boolean().optional(),
  }),
]);

const checkboxes = z.strictObject({
  type: z.literal('checkboxes'),
  action_id: z.string().min(1).max(255),
  options: z.array(option).min(1).max(10),
  initial_options: z.array(option).min(1).max(10).optional(),
});
const overflow = z.strictObject({
  type: z.literal('overflow'),
  action_id: z.string().min(1).max(255),
  options: z.array(option).min(1).max(5),
  confirm: confirm.optional(),
});
const plainTextInput = z
  .strictObject({
    type: z.literal('plain_text_input'),
    action_id: z.string().min(1).max(255),
    initial_value: z.string().max(3_000).optional(),
    multiline: z.boolean().optional(),
    min_length: z.int().min(0).max(3_000).optional(),
    max_length: z.int().min(1).max(3_000).optional(),
    placeholder: plain(150).optional(),
    focus_on_load: z.boolean().optional(),
  })
  .refine(
    ({ initial_value = '', max_length = 3_000 }) => initial_value.length <= max_length,
    'initial_value is longer than max_length',
  );

const blockId = { block_id: z.string().min(1).max(255).optional() };
const section = z
  .strictObject({
    ...blockId,
    type: z.literal('section'),
    text: text(3_000).optional(),
    fields: z.array(text(2_000)).min(1).max(10).optional(),
    accessory: z.union([button, select, overflow, checkboxes]).optional(),
    expand: z.boolean().optional(),
  })
  .refine((block) => block.text ?? block.fields, 'text or fields is required');

const block = z.discriminatedUnion('type', [
  section,
  z.strictObject({ ...blockId, type: z.literal('header'), text: plain(150) }),
  z.strictObject({ ...blockId, type: z.literal('divider') }),
  z.strictObject({
    ...blockId,
    type: z.literal('context'),
    elements: z.array(text(3_000)).min(1).max(10),
  }),
  z.strictObject({
    ...blockId,
    type: z.literal('actions'),
    elements: z
      .array(z.union([button, select, overflow, checkboxes]))
      .min(1)
      .max(25),
  }),
  z.strictObject({
    ...blockId,
    type: z.literal('input'),
    label: plain(2_000),
    hint: plain(2_000).optional(),
    optional: z.boolean().optional(),
    dispatch_action: z.boolean().optional(),
    element: z.union([plainTextInput, select, checkboxes]),
  }),
  z.strictObject({ type: z.literal('markdown'), text: z.string().min(1).max(12_000) }),
]);

export type StandInBlock = z.infer<typeof block>;

/** Slack's undocumented cap on all blocks of one message: reported near 13,200 characters. */
const MESSAGE_CHARACTERS = 13_200;
/** All `markdown` blocks of one payload together. */
const MARKDOWN_CHARACTERS = 12_000;

/** Slack's error for these blocks of a message, or `undefined` when it takes them. */
export function refuseMessageBlocks(value: unknown): string | undefined {
  const parsed = z.array(block).safeParse(value);
  if (!parsed.success) return `invalid_blocks: ${describe(parsed.error)}`;
  if (parsed.data.length > 50) return 'msg_blocks_too_many';
  if (parsed.data.some(({ type }) => type === 'input')) return 'invalid_blocks: input in a message';
  if (textLength(parsed.data) > MESSAGE_CHARACTERS) return 'msg_blocks_too_long';
  return refuseTogether(parsed.data);
}

function refuseTogether(blocks: StandInBlock[]): string | undefined {
  const markdown = blocks.flatMap((one) => (one.type === 'markdown' ? [one.text] : [])).join('');
  if (markdown.length > MARKDOWN_CHARACTERS) return 'invalid_blocks: markdown text too long';
  const ids = blocks.flatMap((one) => ('block_id' in one && one.block_id ? [one.block_id] : []));
  if (new Set(ids).size < ids.length) return 'invalid_blocks: block_id used twice';
  const actions = blocks.flatMap((one) => (one.type === 'actions' ? [one.elements] : []));
  for (const elements of actions) {
    const names = elements.map(({ action_id }) => action_id);
    if (new Set(names).size < names.length) return 'invalid_blocks: action_id used twice';
  }
  return undefined;
}

function textLength(blocks: StandInBlock[]): number {
  let length = 0;
  JSON.stringify(blocks, (key, value) => {
    if (key === 'text' && typeof value === 'string') length += value.length;
    return value;
  });
  return length;
}

const modal = z
  .strictObject({
    type: z.literal('modal'),
    title: plain(24),
    submit: plain(24).optional(),
    close: plain(24).optional(),
    blocks: z.array(block).max(100),
    callback_id: z.string().max(255).optional(),
    external_id: z.string().max(255).optional(),
    private_metadata: z.string().max(3_000).optional(),
    clear_on_close: z.boolean().optional(),
    notify_on_close: z.boolean().optional(),
    submit_disabled: z.boolean().optional(),
  })
  .refine(
    ({ blocks, submit }) => submit || !blocks.some(({ type }) => type === 'input'),
    'a modal with inputs needs submit',
  );
const home = z.strictObject({
  type: z.literal('home'),
  blocks: z.array(block).max(100),
  callback_id: z.string().max(255).optional(),
  external_id: z.string().max(255).optional(),
  private_metadata: z.string().max(3_000).optional(),
});

const MAX_VIEW_BYTES = 250_000;

/** Slack's error for this view, or `undefined` when it takes it. */
export function refuseView(value: unknown, kind: 'modal' | 'home'): string | undefined {
  const parsed = (kind === 'modal' ? modal : home).safeParse(value);
  if (!parsed.success) return `invalid_arguments: ${describe(parsed.error)}`;
  if (Buffer.byteLength(JSON.stringify(value)) > MAX_VIEW_BYTES) return 'view_too_large';
  if (parsed.data.blocks.some(({ type }) => type === 'markdown')) {
    return 'invalid_blocks: markdown is for messages';
  }
  return refuseTogether(parsed.data.blocks);
}

function describe(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ');
}

const optionsResponse = z.union([
  z.strictObject({ options: z.array(option).max(100) }),
  z.strictObject({
    option_groups: z
      .array(z.strictObject({ label: plain(75), options: z.array(option).max(100) }))
      .max(100),
  }),
]);

/** What is wrong with an answer to a `block_suggestion`. */
export function refuseOptions(value: unknown): string | undefined {
  const parsed = optionsResponse.safeParse(value);
  return parsed.success ? undefined : describe(parsed.error);
}
