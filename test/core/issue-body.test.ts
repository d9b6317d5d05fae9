import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MAX_BODY_LENGTH, markerOf, renderIssue } from '../../src/core/issue-body.ts';
import type { TicketOrigin } from '../../src/core/ticket.ts';
import {
  MAX_DESCRIPTION_LENGTH,
  MAX_LIST_ITEMS,
  type TicketFields,
} from '../../src/core/ticket-fields.ts';
import { newTicket } from '../db/samples.ts';

const requester = { identity: 'slack:T1:U1', name: 'Dana', standing: 'member' } as const;

function render(fields: Partial<TicketFields>, origin: Partial<TicketOrigin> = {}) {
  const ticket = newTicket('c1', {
    description: 'Nobody can log in.',
    acceptanceCriteria: [],
    priority: 'medium',
    ...fields,
    origin: { requester, turnId: 't1', ...origin },
  });
  return renderIssue({ ticket, marker: 'prompt-to-issue:abc' });
}

describe('renderIssue', () => {
  it('puts everything a maintainer needs in order, and the marker last', () => {
    const { body } = render(
      {
        acceptanceCriteria: ['Logging in works', 'The session survives a restart'],
        tasks: ['Find the failing redirect'],
        priority: 'high',
        estimate: '2 days',
      },
      { permalink: 'https://acme.slack.com/archives/C1/p1' },
    );
    expect(body).toBe(
      `Nobody can log in.

## Acceptance criteria

- [ ] Logging in works
- [ ] The session survives a restart

## Tasks

- [ ] Find the failing redirect

**Type:** bug · **Priority:** high · **Estimate:** 2 days

---

Filed on behalf of Dana, from [this thread](https://acme.slack.com/archives/C1/p1). Drafted with prompt-to-issue.

<!-- prompt-to-issue:abc -->
`,
    );
  });

  it('leaves out what nobody said and what the labels say', () => {
    const { body, labels } = render({ labels: ['bug'] });
    expect(labels).toEqual(['bug']);
    expect(body).toBe(
      'Nobody can log in.\n\n---\n\nFiled on behalf of Dana. Drafted with prompt-to-issue.\n\n<!-- prompt-to-issue:abc -->\n',
    );
  });

  it('does not say what it was drafted with when the notice is off', () => {
    const ticket = newTicket('c1');
    expect(
      renderIssue({ ticket, marker: 'prompt-to-issue:abc', notice: false }).body,
    ).not.toContain('Drafted');
  });

  it('lets no field ping anybody, add a line or a link', () => {
    const { title, body } = render(
      {
        title: 'Ask @a',
        description: 'Ask @b',
        acceptanceCriteria: ['@c agrees'],
        tasks: ['/assign @d'],
        estimate: '@e',
      },
      {
        requester: { ...requester, name: '@f](https://evil.example)' },
        permalink: 'javascript:alert(1)',
      },
    );
    expect(`${title}\n${body}`).not.toMatch(/@[a-z]/);
    expect(body).not.toMatch(/^\/|javascript|[^\\]\]\(/m);
  });

  it('fits what trackers take, and says what was cut', () => {
    const items = Array.from({ length: MAX_LIST_ITEMS }, () => 'x'.repeat(1_000));
    const description = '@a '.repeat(MAX_DESCRIPTION_LENGTH / 3);
    const { body, rest } = render({ description, acceptanceCriteria: items, tasks: items });
    expect(body.length).toBeLessThanOrEqual(MAX_BODY_LENGTH);
    expect(body).toContain('The description goes on in a comment');
    expect(body).toContain('The rest follows in a comment.');
    expect(rest.every((part) => part.length <= MAX_BODY_LENGTH)).toBe(true);
    const lines = [body, ...rest].join('\n').match(/^- \[ \] x/gm);
    expect(lines).toHaveLength(2 * MAX_LIST_ITEMS);
    expect(body).toMatch(/<!-- prompt-to-issue:abc -->\n$/);
  });
});

describe('markerOf', () => {
  it('is the same for a ticket, and another one for another ticket or key', () => {
    const key = randomBytes(32);
    expect(markerOf(key, 't1')).toMatch(/^prompt-to-issue:[0-9a-f]{32}$/);
    expect(markerOf(key, 't1')).toBe(markerOf(key, 't1'));
    expect(markerOf(key, 't2')).not.toBe(markerOf(key, 't1'));
    expect(markerOf(randomBytes(32), 't1')).not.toBe(markerOf(key, 't1'));
  });
});
