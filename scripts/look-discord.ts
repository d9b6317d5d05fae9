/**
 * `npm run look:discord`: the card in each of its states, a reply and the windows as they are sent to Discord, with a
 * picture of each at a phone's width, in `docs/pictures`. `apt-get install chromium fonts-noto-color-emoji`.
 */
import { renderMessagePage, renderModalPage } from './look-discord-page.ts';
import { DISCORD_PICTURES } from './look-discord-pictures.ts';
import { takePictures } from './look-phone.ts';

await takePictures(
  DISCORD_PICTURES.map(({ name, ...picture }) => ({
    ...{ name, shown: picture.shown },
    html:
      picture.kind === 'modal' ? renderModalPage(picture.shown) : renderMessagePage(picture.shown),
  })),
);
