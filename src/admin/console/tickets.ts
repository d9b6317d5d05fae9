/** Tickets in the console: looked at, changed, approved and discarded by the rules of the thread. */
import type { z } from '@hono/zod-openapi';
import type { Context, Hono } from 'hono';
import { html } from 'hono/html';
import { TICKET_PRIORITIES, TICKET_TYPES } from '../../core/ticket-fields.ts';
import { renderMarkdown } from '../markdown.ts';
import { ticketSchema } from '../tickets.ts';
import { at, RefusedError } from './api-client.ts';
import {
  type ConsoleEnv,
  linesOf,
  type Notice,
  readForm,
  renderArea,
  renderField,
  renderSelect,
  showView,
} from './frame.ts';

type Ticket = z.infer<typeof ticketSchema>;

const PATH = '/console/conversations/:id/tickets/:ticketId';

export function addTickets(app: Hono<ConsoleEnv>): void {
  app.get(PATH, (c) => showTicket(c));

  app.post(PATH, async (c) => {
    const form = await readForm(c);
    return act(c, async () => {
      await c.get('api').send('PATCH', apiPath(c), { body: toChanges(form), tag: form.tag ?? '' });
      return 'saved';
    });
  });

  app.post(`${PATH}/approve`, async (c) => {
    const { tag = '', confirmed } = await readForm(c);
    const body = confirmed ? { confirmed } : {};
    return act(c, async () => {
      await c.get('api').send('POST', `${apiPath(c)}/approve`, { body, tag });
      return 'filed';
    });
  });

  app.post(`${PATH}/discard`, async (c) => {
    const { tag = '' } = await readForm(c);
    return act(c, async () => {
      await c.get('api').send('POST', `${apiPath(c)}/discard`, { tag });
      return 'discarded';
    });
  });
}

const paramsOf = (c: Context) => {
  const { id = '', ticketId = '' } = c.req.param();
  return { id, ticketId };
};

function apiPath(c: Context): string {
  const { id, ticketId } = paramsOf(c);
  return at`/conversations/${id}/tickets/${ticketId}`;
}

const pagePath = ({ conversationId, id }: Ticket) =>
  at`/console/conversations/${conversationId}/tickets/${id}`;

/** Back to the conversation, or to the ticket as it now is with why it was refused. */
async function act(c: Context<ConsoleEnv>, work: () => Promise<string>) {
  try {
    const done = await work();
    return c.redirect(`${at`/console/conversations/${paramsOf(c).id}`}?done=${done}`, 303);
  } catch (error) {
    if (!(error instanceof RefusedError) || error.status === 401) throw error;
    return showTicket(c, { kind: 'bad', text: error.message }, error.confirm);
  }
}

async function showTicket(c: Context<ConsoleEnv>, notice?: Notice, confirm?: string) {
  const ticket = await c.get('api').read(apiPath(c), ticketSchema);
  const open = ticket.status === 'draft' && c.get('me').role !== 'viewer';
  const body = html`<p><a href="${at`/console/conversations/${ticket.conversationId}`}">The conversation</a></p>
${confirm !== undefined ? renderConfirmation(ticket, confirm) : ''}
${open ? renderForm(ticket) : renderTicketCard(ticket, false)}`;
  const title = `${ticket.ordinal}. ${ticket.fields.title}`;
  const status = notice?.kind === 'bad' ? 422 : 200;
  return showView(c, { title, place: '/console/conversations', body, notice }, status);
}

/** The warning was read, and it is meant all the same. */
function renderConfirmation(ticket: Ticket, confirm: string) {
  return html`<form method="post" action="${pagePath(ticket)}/approve">${tagOf(ticket)}<input type="hidden" name="confirmed" value="${confirm}"><button class="danger">File it there all the same</button></form>`;
}

const tagOf = ({ revision }: Ticket) =>
  html`<input type="hidden" name="tag" value='"${revision}"'>`;

/** Optional fields that were emptied are cleared; the rest is what stands in the form. */
function toChanges(form: Record<string, string>) {
  const { title, description, type, priority, estimate, milestone, project } = form;
  const names = (text = '') => linesOf(text.replaceAll(',', '\n'));
  return {
    ...{ title, description, type, priority },
    acceptanceCriteria: linesOf(form.acceptanceCriteria ?? ''),
    tasks: linesOf(form.tasks ?? ''),
    labels: names(form.labels),
    assignees: names(form.assignees),
    estimate: estimate || null,
    milestone: milestone || null,
    project: project || null,
  };
}

function renderForm(ticket: Ticket) {
  const { title, description, type, priority, labels, assignees, ...rest } = ticket.fields;
  const choices = (names: readonly string[]) => names.map((name) => ({ value: name, label: name }));
  const path = pagePath(ticket);
  return html`<form method="post" action="${path}">${tagOf(ticket)}
<div class="fields">
<div class="whole">${renderField('title', 'Title', { value: title, required: true })}</div>
${renderArea('description', 'Description', description, 'Markdown.', 10)}
${renderSelect('type', 'Type', choices(TICKET_TYPES), type)}
${renderSelect('priority', 'Priority', choices(TICKET_PRIORITIES), priority)}
${renderArea('acceptanceCriteria', 'Acceptance criteria', rest.acceptanceCriteria.join('\n'), 'One a line.')}
${renderArea('tasks', 'Tasks', rest.tasks.join('\n'), 'One a line.')}
${renderField('labels', 'Labels', { value: labels.join(', '), hint: 'Joined by commas.' })}
${renderField('assignees', 'Assignees', { value: assignees.join(', '), hint: 'Joined by commas.' })}
${renderField('estimate', 'Estimate', { value: rest.estimate })}
${renderField('milestone', 'Milestone', { value: rest.milestone })}
${renderField('project', 'Project', { value: rest.project, hint: 'github:owner/repo; empty: the conversation’s.' })}
</div>
<div class="row"><button>Save</button></div></form>
${renderDecision(ticket)}`;
}

function renderDecision(ticket: Ticket) {
  const path = pagePath(ticket);
  return html`<div class="row">
<form method="post" action="${path}/approve">${tagOf(ticket)}<button>Approve and file</button></form>
<form method="post" action="${path}/discard">${tagOf(ticket)}<button class="plain">Discard</button></form></div>`;
}

/** A draft among others: where to decide on it. */
export function renderTicketLine(ticket: Ticket) {
  const { fields } = ticket;
  return html`<li><a href="${pagePath(ticket)}">${fields.title}</a>
<div class="soft">${fields.type}, ${fields.priority} priority, asked for by ${ticket.requester}</div></li>`;
}

export function renderTicketCard(ticket: Ticket, mayWrite: boolean) {
  const { fields, ordinal, status, refusal, issue } = ticket;
  const { title, type, priority, labels, description, acceptanceCriteria, tasks } = fields;
  const open = status === 'draft' && mayWrite;
  return html`<article class="card">
<h3>${open ? html`<a href="${pagePath(ticket)}">${ordinal}. ${title}</a>` : `${ordinal}. ${title}`}</h3>
<p>${[status, type, `${priority} priority`].map((name) => html`<span class="badge">${name}</span>`)}</p>
${labels.length > 0 ? html`<p class="soft">Labels: ${labels.join(', ')}</p>` : ''}
${refusal ? html`<p class="bad">Not filed: ${refusal}</p>` : ''}
${issue ? renderIssue(issue) : ''}
${renderMarkdown(description)}
${renderItems('Acceptance criteria', acceptanceCriteria)}${renderItems('Tasks', tasks)}
${open ? renderDecision(ticket) : ''}</article>`;
}

function renderIssue({ id, url }: { id: string; url: string }) {
  // The local tracker's address is a file on somebody's machine.
  if (!/^https?:/.test(url)) return html`<p class="good">Filed as ${id}</p>`;
  return html`<p class="good">Filed as <a rel="noopener noreferrer" href="${url}">${id}</a></p>`;
}

function renderItems(heading: string, items: string[]) {
  if (items.length === 0) return '';
  return html`<h4>${heading}</h4><ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`;
}
