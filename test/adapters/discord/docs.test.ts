/** The pictures and the guide of Discord show what the product does. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PERMISSIONS } from '../../../adapters/discord/invite.ts';
import { DISCORD_PICTURES } from '../../../scripts/look-discord-pictures.ts';
import { refuseContent, refuseModal } from '../../fakes/discord-limits.ts';

const DOCS = join(import.meta.dirname, '..', '..', '..', 'docs');
const read = (name: string) => readFileSync(join(DOCS, name), 'utf8');

describe('pictures of Discord', () => {
  it.each(DISCORD_PICTURES)('$name is what is sent, and Discord takes it', (picture) => {
    const { name, shown } = picture;
    expect(JSON.parse(read(`pictures/${name}.json`))).toEqual(JSON.parse(JSON.stringify(shown)));
    expect(read('pictures/README.md')).toContain(`(${name}.png)`);
    if (picture.kind === 'modal') return expect(refuseModal({ ...picture.shown })).toBeUndefined();
    const { content = '', embeds = [], components = [] } = picture.shown;
    const sent = { content, embeds, components, flags: 0, files: 0 };
    expect(refuseContent(sent)).toBeUndefined();
  });
});

describe('the guide to Discord', () => {
  it('names every permission that the invite link asks for', () => {
    const guide = read('discord.md');
    expect(Object.keys(PERMISSIONS).filter((name) => !guide.includes(name))).toEqual([]);
  });
});
