/** What a model is told of the project's issue forms, and what becomes of a draft that answers them. */
import { describe, expect, it } from 'vitest';
import { readPrompt } from '../../src/core/prompt.ts';
import { toPromptForms } from '../../src/core/prompt-form.ts';
import type { ProviderRequest } from '../../src/core/provider.ts';
import { DRAFT } from '../fakes/scripted-provider.ts';
import { eve, type Script, USAGE } from './bots.ts';
import { approve, useTrackerBots } from './tracker-bots.ts';

const FORM = `name: Bug report
body:
  - type: textarea
    attributes: { label: What happened? }
    validations: { required: true }
  - type: input
    attributes: { label: Version }
    validations: { required: true }
  - type: dropdown
    attributes: { label: Browser, options: [Safari, Firefox 140.0.2] }
    validations: { required: true }
  - type: checkboxes
    attributes:
      label: Code of Conduct
      options: [{ label: I agree, required: true }]
`;

/** Drafts what was said under the headings of the form it was told of, as it is told to. */
const drafting = (answers: Record<string, string>): Script =>
  async function* (request) {
    const { state } = readPrompt(request.messages);
    const isDone = request.messages.at(-1)?.role === 'tool';
    const asked = state?.forms?.find(({ types }) => types.includes('bug'))?.fields ?? [];
    const sections = asked.flatMap(({ title }) =>
      answers[title] ? [`## ${title}\n\n${answers[title]}`] : [],
    );
    const description = ['Nobody can pay.', ...sections].join('\n\n');
    const tickets = [{ ...DRAFT, title: 'Checkout hangs', description }];
    if (isDone) yield { type: 'text', text: 'Have a look.' };
    else yield { type: 'toolCall', call: { id: '1', name: 'draft_tickets', input: { tickets } } };
    yield { type: 'end', stopReason: isDone ? 'end' : 'tools', usage: USAGE };
  };

describe("a project's issue form", () => {
  const { say, command, talk, onGitHub, onTracker, hub, shop, readTickets } = useTrackerBots();

  function scripted(script: Script) {
    const requests: ProviderRequest[] = [];
    const provider = {
      name: 'script',
      stream(request: ProviderRequest, signal: AbortSignal) {
        requests.push(request);
        return script(request, signal);
      },
      listModels: async () => [],
      testConnection: async () => ({ ok: true, message: '' }),
    };
    const chooseProvider = async () => [{ provider, model: 'm' }] as [never];
    return { requests, chooseProvider };
  }
  const formsOf = ([request]: ProviderRequest[]) =>
    readPrompt(request?.messages ?? []).state?.forms;

  it('is told to the model, so that what the thread said needs no `fill`', async () => {
    shop().files = { '.github/ISSUE_TEMPLATE/bug.yml': FORM };
    const { requests, chooseProvider } = scripted(drafting({ Version: '1.4', Browser: 'Safari' }));
    const { bot, repositories } = await onGitHub({ chooseProvider });
    await talk(bot, say("checkout hangs in Safari, we're on 1.4"));
    expect(formsOf(requests)).toEqual([
      {
        types: ['bug'],
        fields: [
          { title: 'What happened?', required: true, answeredBy: 'summary' },
          { title: 'Version', required: true },
          { title: 'Browser', required: true, options: ['Safari', 'Firefox 140.0.2'] },
        ],
      },
    ]);
    // Two headings over a line each are the form's, and not sent back.
    expect(await readTickets(repositories)).toHaveLength(1);
    expect(await command(bot, approve())).toMatchObject({ kind: 'done' });
    expect(shop().issues[0]?.body).toMatch(
      /^### What happened\?\n\nNobody can pay\.\n\n### Version\n\n1\.4\n\n### Browser\n\nSafari\n/,
    );
  });

  it('is no evidence: an option that nobody named is sent back', async () => {
    shop().files = { '.github/ISSUE_TEMPLATE/bug.yml': FORM };
    const { requests, chooseProvider } = scripted(drafting({ Browser: 'Firefox 140.0.2' }));
    const { bot } = await onGitHub({ chooseProvider });
    await talk(bot, say('checkout hangs'));
    expect(JSON.stringify(requests.at(-1)?.messages.at(-1))).toContain('was said by nobody');
  });

  it('keeps no answer back where the tracker cannot tell it', async () => {
    const { requests, chooseProvider } = scripted(drafting({}));
    const listTemplates = () => Promise.reject(new Error('down'));
    const tracker = { ...hub(), listTemplates };
    const { bot, repositories } = await onTracker('github:acme/shop', tracker, { chooseProvider });
    await talk(bot, say('checkout hangs'));
    expect(formsOf(requests)).toBeUndefined();
    expect(await readTickets(repositories)).toHaveLength(1);
  });

  it('of a private project is kept from a thread with guests', async () => {
    shop().files = { '.github/ISSUE_TEMPLATE/bug.yml': FORM };
    shop().isPrivate = true;
    const { requests, chooseProvider } = scripted(drafting({}));
    const { bot } = await onTracker('github:acme/elsewhere', hub(), { chooseProvider });
    await talk(bot, say('let us talk'));
    await command(bot, { kind: 'project', project: 'github:acme/shop' });
    await talk(bot, say('checkout hangs'));
    const told = requests.length;
    expect(JSON.stringify(requests)).toContain('What happened?');
    await talk(bot, say('here too', { author: eve }));
    expect(requests.length).toBeGreaterThan(told);
    expect(JSON.stringify(requests.slice(told))).not.toContain('What happened?');
  });
});

describe('toPromptForms', () => {
  it('tells each form once, with all kinds of ticket it is for', () => {
    const fields = [{ title: 'Why', required: false, level: 2 }];
    const templates = [
      { name: 'Idea', description: '', fields },
      { name: 'Default', description: '', fields: [] },
    ];
    expect(toPromptForms(templates)).toEqual([
      { types: ['feature', 'improvement'], fields: [{ title: 'Why' }] },
    ]);
    expect(toPromptForms([])).toEqual([]);
  });

  it('stays short, keeps what is required before anything else, and shows no secret', () => {
    const secret = `ghp_${'a1B2c3D4e5'.repeat(4).slice(0, 36)}`;
    const options = Array.from({ length: 200 }, (_, n) => `${n} ${'y'.repeat(200)}`);
    const fields = [
      ...Array.from({ length: 30 }, (_, n) => ({
        title: `${n} ${'x'.repeat(90)}`,
        required: false,
      })),
      { title: 'Version', required: true, options },
      { title: `Key ${secret}`, required: true },
    ];
    const forms = toPromptForms([{ name: 'Bug', description: '', fields }]);
    expect(JSON.stringify(forms).length).toBeLessThan(2_500);
    expect(forms[0]?.fields.slice(-2).map(({ title }) => title.slice(0, 7))).toEqual([
      'Version',
      expect.stringContaining('Key'),
    ]);
    expect(JSON.stringify(forms)).not.toContain(secret);
  });

  it('says which part of a draft answers a field without a section of its own', () => {
    const titles = ['Problem', 'Proposal', 'Acceptance criteria', 'Tasks', 'Version'];
    const fields = titles.map((title) => ({ title, required: true }));
    const [form] = toPromptForms([{ name: 'Bug', description: '', fields }]);
    expect(form?.fields.map(({ answeredBy }) => answeredBy)).toEqual([
      'summary',
      undefined,
      'acceptanceCriteria',
      'tasks',
      undefined,
    ]);
  });
});
