/** What Discord holds messages and modals to beyond the shapes in its OpenAPI document. */
import { ComponentType, MessageFlags } from 'discord.js';

/** A component of any kind, as sent. */
export interface Component {
  type: ComponentType;
  custom_id?: string;
  components?: Component[];
  /** Of a label. */
  component?: Component;
  accessory?: Component;
  [key: string]: unknown;
}

export interface Content {
  content: string;
  embeds: object[];
  components: object[];
  flags: number;
  /** Files and stickers count as content. */
  files: number;
}

const MAX_CONTENT = 2_000;
const MAX_EMBEDS_TEXT = 6_000;
const MAX_ROWS = 5;
const MAX_V2_COMPONENTS = 40;
const MAX_V2_TEXT = 4_000;
const V2_ONLY = [
  ComponentType.Section,
  ComponentType.TextDisplay,
  ComponentType.Thumbnail,
  ComponentType.MediaGallery,
  ComponentType.File,
  ComponentType.Separator,
  ComponentType.Container,
];
const SELECTS = [3, 5, 6, 7, 8];

export function isV2(flags: number): boolean {
  return (flags & MessageFlags.IsComponentsV2) !== 0;
}

/** What is wrong with a message as it would stand; `empty` has a code of its own. */
export function refuseContent(message: Content): 'empty' | string | undefined {
  const components = message.components as Component[];
  const all = flatten(components);
  const wrong = refuseIds(all) ?? first(all, refuseComponent);
  if (wrong) return wrong;
  if (isV2(message.flags)) return refuseV2(message, all);
  const { content, embeds, files } = message;
  if (!content.trim() && embeds.length + files + components.length === 0) return 'empty';
  if ([...content].length > MAX_CONTENT) return `content is longer than ${MAX_CONTENT}`;
  if (embeds.reduce((sum: number, embed) => sum + embedText(embed), 0) > MAX_EMBEDS_TEXT) {
    return `embeds are longer than ${MAX_EMBEDS_TEXT} together`;
  }
  return refuseRows(components, all);
}

function refuseRows(components: Component[], all: Component[]): string | undefined {
  if (components.length > MAX_ROWS) return `more than ${MAX_ROWS} rows`;
  const strange = all.find(({ type }) => V2_ONLY.includes(type));
  if (strange) return `component type ${strange.type} needs the flag of Components V2`;
  return components.some(({ type }) => type !== ComponentType.ActionRow)
    ? 'components outside of a row'
    : undefined;
}

function refuseV2({ content, embeds }: Content, all: Component[]): string | undefined {
  if (content || embeds.length > 0) return 'content or embeds beside Components V2';
  if (all.length === 0) return 'empty';
  if (all.length > MAX_V2_COMPONENTS) return `more than ${MAX_V2_COMPONENTS} components`;
  const text = all.reduce((sum, { type, content: words }) => {
    return type === ComponentType.TextDisplay ? sum + String(words).length : sum;
  }, 0);
  return text > MAX_V2_TEXT ? `texts are longer than ${MAX_V2_TEXT} together` : undefined;
}

function refuseComponent(component: Component): string | undefined {
  const { type, components = [] } = component;
  if (type === ComponentType.ActionRow) {
    const selects = components.filter((inner) => SELECTS.includes(inner.type)).length;
    return selects > 0 && components.length > 1 ? 'a select shares its row' : undefined;
  }
  if (type === ComponentType.Button) return refuseButton(component);
  return type === ComponentType.StringSelect ? refuseSelect(component) : undefined;
}

const LINK_STYLE = 5;

function refuseButton({ style, url, custom_id, label, emoji }: Component): string | undefined {
  if (style === LINK_STYLE ? !url || custom_id : !custom_id || url) {
    return 'a button has an address or a custom_id, by its style';
  }
  return label || emoji ? undefined : 'a button without label or emoji';
}

function refuseSelect(select: Component): string | undefined {
  const options = (select.options ?? []) as { value: string; default?: boolean }[];
  const [least, most] = [Number(select.min_values ?? 1), Number(select.max_values ?? 1)];
  if (options.length < 1 || options.length > 25) return 'a select has 1 to 25 options';
  if (new Set(options.map(({ value }) => value)).size < options.length) {
    return 'options share a value';
  }
  const chosen = options.filter((option) => option.default).length;
  if (least > most || most > options.length) return 'min_values, max_values and options disagree';
  return chosen > most ? 'more options chosen than max_values' : undefined;
}

/** What is wrong with a modal. */
export function refuseModal(modal: Record<string, unknown>): string | undefined {
  const components = (modal.components ?? []) as Component[];
  const title = String(modal.title ?? '');
  if (!title || title.length > 45) return 'title has 1 to 45 characters';
  if (components.length < 1 || components.length > 5) return 'a modal has 1 to 5 components';
  const all = flatten(components);
  return refuseIds(all) ?? first(all, refuseInput);
}

function refuseInput(component: Component): string | undefined {
  const { type, component: inner, value, max_length = 4_000, min_length = 0 } = component;
  if (type === ComponentType.Label && inner?.label) return 'a label inside a label';
  if (type === ComponentType.StringSelect) return refuseSelect(component);
  if (type !== ComponentType.TextInput || value === undefined || value === null) return undefined;
  const length = String(value).length;
  const fits = length <= Number(max_length) && (length === 0 || length >= Number(min_length));
  return fits ? undefined : 'value is outside of min_length and max_length';
}

function refuseIds(all: Component[]): string | undefined {
  const ids = all.flatMap(({ custom_id }) => (custom_id ? [custom_id] : []));
  return new Set(ids).size < ids.length ? 'two components share a custom_id' : undefined;
}

/** Every component, however deep. */
export function flatten(components: Component[]): Component[] {
  return components.flatMap((one) => {
    const { components: inner = [], component, accessory } = one;
    const beneath = [...inner, component, accessory].filter((each) => each !== undefined);
    return [one, ...flatten(beneath)];
  });
}

function embedText(embed: object): number {
  const { title, description, footer, author, fields } = embed as {
    [part: string]: string | undefined;
  } & { footer?: { text?: string }; author?: { name?: string } } & {
    fields?: { name: string; value: string }[];
  };
  const texts = [title, description, footer?.text, author?.name];
  const inFields = (fields ?? []).flatMap(({ name, value }) => [name, value]);
  return [...texts, ...inFields].reduce((sum, text) => sum + (text?.length ?? 0), 0);
}

function first<Item>(items: Item[], check: (item: Item) => string | undefined): string | undefined {
  for (const item of items) {
    const wrong = check(item);
    if (wrong) return wrong;
  }
  return undefined;
}
