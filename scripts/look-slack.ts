/**
 * `npm run look:slack`: the card in each of its states, the modals and the Home as they are sent to Slack, with a
 * picture of each at a phone's width, in `docs/pictures`. `apt-get install chromium fonts-noto-color-emoji`.
 */
import type { KnownBlock, View } from '@slack/web-api';
import { takePictures } from './look-phone.ts';
import { renderMessagePage, renderViewPage } from './look-slack-page.ts';
import { SLACK_PICTURES } from './look-slack-pictures.ts';

await takePictures(
  SLACK_PICTURES.map(({ name, shown }) => ({
    ...{ name, shown },
    html: Array.isArray(shown)
      ? renderMessagePage(shown as KnownBlock[])
      : renderViewPage(shown as View),
  })),
);
