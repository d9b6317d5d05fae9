/** Embeds as text: an alert that an app posts often has no other words. */
import { type APIEmbed, EmbedType } from 'discord.js';

/** What Discord shows of links are embeds too: nobody said what is in them. */
export function textOfEmbeds(embeds: APIEmbed[] = []): string {
  const written = embeds.filter(({ type }) => type === undefined || type === EmbedType.Rich);
  return written.map(toText).filter(Boolean).join('\n\n');
}

function toText({ title, url, description, fields = [] }: APIEmbed): string {
  const heading = title && url ? `[${title}](${url})` : title;
  const lines = fields.map(({ name, value }) => `${name}: ${value}`);
  return [heading, description, ...lines].filter(Boolean).join('\n');
}
