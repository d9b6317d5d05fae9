/** The few blocks that everything is made of. */
import type { KnownBlock } from '@slack/web-api';
import type { Button } from './card-action.ts';

/** `mrkdwn` is escaped by who writes it; nothing in it is linked or named by Slack's own guesses. */
export function section(mrkdwn: string, accessory?: Button): KnownBlock {
  const text = { type: 'mrkdwn' as const, text: mrkdwn, verbatim: true };
  return { type: 'section', text, ...(accessory && { accessory }) };
}

export function context(mrkdwn: string): KnownBlock {
  return { type: 'context', elements: [{ type: 'mrkdwn', text: mrkdwn, verbatim: true }] };
}

/** Characters of all texts in these blocks, as Slack's cap on one message counts them. */
export function textLengthOf(blocks: KnownBlock[]): number {
  let length = 0;
  JSON.stringify(blocks, (key, value) => {
    if (key === 'text' && typeof value === 'string') length += value.length;
    return value;
  });
  return length;
}
