import { describe, expect, it } from 'vitest';
import { findUsages, parseCommand, renderHelp } from '../../src/core/commands.ts';

describe('parseCommand', () => {
  it.each([
    ['approve', { kind: 'approve', target: { ordinal: undefined } }],
    ['Approve 2', { kind: 'approve', target: { ordinal: 2 } }],
    ['approve #12', { kind: 'approve', target: { ordinal: 12 } }],
    ['approve all', { kind: 'approve-all' }],
    ['Approve all in github:acme/shop', { kind: 'approve-all', confirmed: 'github:acme/shop' }],
    ['discard 3', { kind: 'discard', target: { ordinal: 3 } }],
    ['mode assistant', { kind: 'mode', mode: 'assistant' }],
    ['project github:acme/shop', { kind: 'project', project: 'github:acme/shop' }],
    ['delete conversation', { kind: 'delete' }],
    ['share', { kind: 'share' }],
    ['list', { kind: 'list' }],
    ['list 2', { kind: 'list', page: 2 }],
    ['provider', { kind: 'providers' }],
    [
      'provider office-vllm',
      {
        kind: 'configure',
        scope: 'conversation',
        changes: { provider: 'office-vllm', model: null },
      },
    ],
    [
      'Provider openai gpt-5',
      { kind: 'configure', scope: 'conversation', changes: { provider: 'openai', model: 'gpt-5' } },
    ],
    [
      'provider default',
      { kind: 'configure', scope: 'conversation', changes: { provider: null, model: null } },
    ],
    [
      'set language German',
      { kind: 'configure', scope: 'conversation', changes: { language: 'German' } },
    ],
    [
      'set my mode to assistant',
      { kind: 'configure', scope: 'user', changes: { mode: 'assistant' } },
    ],
    [
      'set channel answer mentions',
      { kind: 'configure', scope: 'channel', changes: { answer: 'mentions' } },
    ],
    [
      'set workspace approvers slack:T1:U1, slack:T1:U2',
      {
        kind: 'configure',
        scope: 'workspace',
        changes: { approvers: { people: ['slack:T1:U1', 'slack:T1:U2'] } },
      },
    ],
    [
      'set workspace approvers requester',
      { kind: 'configure', scope: 'workspace', changes: { approvers: 'requester' } },
    ],
    [
      'set workspace spendCapDaily 2.5',
      { kind: 'configure', scope: 'workspace', changes: { spendCapDaily: 2.5 } },
    ],
    [
      'set workspace allowPersonalProviders yes',
      { kind: 'configure', scope: 'workspace', changes: { allowPersonalProviders: true } },
    ],
    [
      'set channel project default',
      { kind: 'configure', scope: 'channel', changes: { project: null } },
    ],
    [
      'create 2 label: needs design',
      { kind: 'create-name', target: { ordinal: 2 }, field: 'labels', name: 'needs design' },
    ],
    [
      'Create milestone in github:acme/shop: 1.2: spring',
      {
        kind: 'create-name',
        target: { ordinal: undefined },
        field: 'milestone',
        name: '1.2: spring',
        confirmed: 'github:acme/shop',
      },
    ],
    [' help ', { kind: 'help' }],
  ])('reads %j', (text, command) => {
    expect(parseCommand(text)).toEqual(command);
  });

  it('reads an edit of one field, its text kept as typed', () => {
    expect(parseCommand('edit 2 title: Login fails: Safari')).toEqual({
      kind: 'edit',
      target: { ordinal: 2 },
      changes: { title: 'Login fails: Safari' },
    });
  });

  it('reads lists one item a line, without their bullets', () => {
    const text = 'edit acceptanceCriteria:\n- [ ] Orders load\n2. Totals are right';
    expect(parseCommand(text)).toMatchObject({
      changes: { acceptanceCriteria: ['Orders load', 'Totals are right'] },
    });
  });

  it('clears an optional field by an empty value', () => {
    expect(parseCommand('edit 1 milestone:')).toMatchObject({ changes: { milestone: null } });
  });

  it.each([
    'approve the budget before we start',
    'help, the login is broken',
    'list my orders crashes when I scroll',
    'list 2 crashes',
    'list 0',
    'link checkout',
    'link payments',
    'link A1B2C3D4E',
    'edit the footer: it is wrong',
    'stop the presses',
    'create label printing for the warehouse',
    'create label: one\nand tell me why it fails',
    'create milestone:',
    'mode is stuck',
    'The project github:acme/shop fails',
  ])('takes %j for a message', (text) => {
    expect(parseCommand(text)).toBeUndefined();
  });

  it('begins every command in help the way the platform takes it', () => {
    const commands = [...renderHelp('/').matchAll(/`([^`]+)`/g)].map(([, command = '']) => command);
    expect(commands.length).toBeGreaterThan(20);
    expect(commands.filter((command) => !command.startsWith('/'))).toEqual([]);
    expect(renderHelp('/')).toContain('`/mode ticket`');
  });

  it('finds how a verb is used for whoever got the rest wrong, and nothing for other words', () => {
    expect(findUsages('link nothing', '/').join()).toMatch(/^`\/link`: .*`\/link #12`: /);
    expect(findUsages('edit 1 colour: red')).toEqual([
      expect.stringContaining('acceptanceCriteria'),
    ]);
    expect(findUsages('links')).toEqual([]);
  });

  it('reads every usage that help shows', () => {
    const usages = [...renderHelp().matchAll(/^- `([^`]+)`/gm)].map(([, usage = '']) => usage);
    expect(usages.length).toBeGreaterThan(8);
    for (const usage of usages) expect(parseCommand(usage), usage).toBeDefined();
  });
});
