import { describe, expect, it } from 'vitest';
import { newThread, parseLine, toAuthor, toIncoming } from '../../../adapters/terminal/inbound.ts';

describe('parseLine', () => {
  it.each([
    ['', { kind: 'nothing' }],
    ['Checkout hangs', { kind: 'say', text: 'Checkout hangs' }],
    ['/usr/bin/node is missing', { kind: 'say', text: '/usr/bin/node is missing' }],
    ['/approve 2', { kind: 'act', command: { kind: 'approve', target: { ordinal: 2 } } }],
    ['/approve all', { kind: 'act', command: { kind: 'approve-all' } }],
    [
      '/edit 2 title: New title',
      {
        kind: 'act',
        command: { kind: 'edit', target: { ordinal: 2 }, changes: { title: 'New title' } },
      },
    ],
    [
      '/create 1 label: ux',
      {
        kind: 'act',
        command: { kind: 'create-name', target: { ordinal: 1 }, field: 'labels', name: 'ux' },
      },
    ],
    ['/edit 2', { kind: 'edit', ordinal: 2 }],
    ['/edit', { kind: 'edit', ordinal: undefined }],
    ['/open 3', { kind: 'open', which: '3' }],
    ['/NEW', { kind: 'new' }],
    ['/quit', { kind: 'quit' }],
    ['/frobnicate 2', { kind: 'unknown', text: '/frobnicate 2' }],
  ])('reads %j', (line, expected) => {
    expect(parseLine(line)).toEqual(expected);
  });
});

describe('toIncoming', () => {
  it('speaks to the bot, in the thread, as the person at the keyboard', () => {
    const thread = newThread();
    expect(toIncoming('Hello', thread, toAuthor('dana'))).toMatchObject({
      thread,
      text: 'Hello',
      addressed: true,
      author: { name: 'dana', standing: 'member' },
    });
  });

  it('keeps the order of messages that are sent in the same moment', () => {
    const thread = newThread();
    const sent = Array.from({ length: 50 }, () => toIncoming('x', thread, toAuthor('dana')));
    const times = sent.map(({ sentAt }) => sentAt);
    expect(new Set(times).size).toBe(50);
    expect([...times].sort()).toEqual(times);
  });
});
