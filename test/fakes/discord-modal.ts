/** An open modal as Discord's client treats it: what is sent on submit. */
import { ComponentType } from 'discord.js';
import type { Component } from './discord-limits.ts';
import { toApiFile } from './discord-payload.ts';
import type { DiscordFile } from './discord-world.ts';

/** What is typed, chosen or uploaded, by custom_id. */
export type Inputs = Record<string, string | string[] | DiscordFile>;

/** The data of the submission: what was entered over what was shown. Files' addresses begin with `origin`. */
export function submissionOf(
  modal: Record<string, unknown>,
  inputs: Inputs,
  origin: string,
): object {
  const components = (modal.components ?? []) as Component[];
  const ids = components.flatMap((one) => inputsOf(one).map(({ custom_id }) => custom_id));
  const strange = Object.keys(inputs).find((id) => !ids.includes(id));
  if (strange) throw new Error(`the modal has no ${strange}`);
  const files = Object.values(inputs).filter(isFile);
  const attachments = Object.fromEntries(files.map((file) => [file.id, toApiFile(file, origin)]));
  return {
    custom_id: modal.custom_id,
    components: components.map((one) => filled(one, inputs)),
    ...(files.length > 0 && { resolved: { attachments } }),
  };
}

const inputsOf = ({ component, components = [] }: Component) =>
  component ? [component] : components;

function filled(component: Component, inputs: Inputs): object {
  const { type, id = 0, component: inner, components } = component;
  if (inner) return { type, id, component: answerTo(inner, inputs) };
  return { type, id, components: components?.map((one) => answerTo(one, inputs)) };
}

function answerTo(input: Component, inputs: Inputs): object {
  const { type, custom_id = '', id = 0 } = input;
  const given = inputs[custom_id];
  if (type === ComponentType.TextInput) {
    const value = String(given ?? input.value ?? '');
    checkText(input, value);
    return { type, id, custom_id, value };
  }
  if (isFile(given)) {
    if (type !== ComponentType.FileUpload) throw new Error(`${custom_id} takes no file`);
    return { type, id, custom_id, values: [given.id] };
  }
  const values = given === undefined ? chosenIn(input) : [given].flat();
  checkChoice(input, values);
  return { type, id, custom_id, values };
}

const isFile = (given: Inputs[string] | undefined): given is DiscordFile =>
  typeof given === 'object' && !Array.isArray(given);

function checkText({ custom_id, required, min_length, max_length }: Component, value: string) {
  const least = required === false ? 0 : Math.max(1, Number(min_length ?? 0));
  if (value.length < least) throw new Error(`Discord's client wants more in ${custom_id}`);
  if (value.length > Number(max_length ?? 4_000)) {
    throw new Error(`Discord's client takes less in ${custom_id}`);
  }
}

interface Option {
  value: string;
  default?: boolean;
}

function chosenIn({ options, default_values }: Component): string[] {
  const shown = ((options ?? []) as Option[]).filter((option) => option.default);
  const named = ((default_values ?? []) as { id: string }[]).map(({ id }) => id);
  return [...shown.map(({ value }) => value), ...named];
}

function checkChoice({ custom_id, options, required, ...bounds }: Component, values: string[]) {
  const offered = (options as Option[] | undefined)?.map(({ value }) => value);
  const strange = offered && values.find((value) => !offered.includes(value));
  if (strange) throw new Error(`${custom_id} does not offer ${strange}`);
  const least = required === false ? 0 : Number(bounds.min_values ?? 1);
  if (values.length < least || values.length > Number(bounds.max_values ?? 1)) {
    throw new Error(`Discord's client does not take ${values.length} in ${custom_id}`);
  }
}
