/** What an issue says when it is filed: the draft, poured into what the project asks for. */
import { describe, expect, it, vi } from 'vitest';
import { approve, edit, useTrackerBots } from './tracker-bots.ts';

const FORM = `name: Bug report
description: Something is broken
labels: [bug]
body:
  - type: markdown
    attributes: { value: Thank you }
  - type: textarea
    attributes: { label: What happened? }
    validations: { required: true }
  - type: input
    attributes: { label: Version }
    validations: { required: true }
`;

describe('an issue that is filed', () => {
  const { say, command, talk, onGitHub, onGitLab, shop, web, servers } = useTrackerBots();

  it('goes on in comments where the text is too long for one issue', async () => {
    const { bot } = await onGitHub();
    await talk(bot, say('draft Checkout hangs'));
    const description = '- **一つ** @org/team `x` 🚀 \n'.repeat(2_000).slice(0, 49_000);
    const acceptanceCriteria = Array.from({ length: 50 }, (_, n) => `${n} ${'x'.repeat(900)}`);
    await command(bot, edit({ description, acceptanceCriteria }));
    expect(await command(bot, approve())).toMatchObject({ kind: 'done' });
    const [issue] = shop().issues;
    expect(issue?.body.length).toBeLessThanOrEqual(65_536);
    expect(issue?.body).toContain('The rest follows in a comment.');
    const text = [issue?.body, ...(issue?.comments.map(({ body }) => body) ?? [])].join('\n');
    expect(text.match(/^- \[ \] \d+ x/gm)).toHaveLength(50);
    expect(text.match(/一つ/g)?.length).toBeGreaterThan(1_800);
  });

  it.each(['GitHub', 'GitLab'])('files what is hostile as text at %s', async (where) => {
    const { bot } = await (where === 'GitHub' ? onGitHub() : onGitLab());
    await talk(bot, say('draft Checkout hangs'));
    const description =
      '@everyone @org/team\n\n/close\n/assign @ann\n\nfixes #1 <!-- hidden --> \f/label ~bug';
    await command(bot, edit({ description, labels: ['made-up'], tasks: ['/close', '@ann looks'] }));
    const outcome = await command(bot, approve());
    expect(outcome.message).toContain('The label "made-up" does not exist');
    if (where === 'GitLab') {
      expect(servers().gitlab.world.executed).toEqual([]);
      expect(servers().gitlab.world.pinged).toEqual([]);
      expect(web().issues[0]?.description).toContain('everyone');
    } else {
      expect(shop().issues[0]?.body).not.toMatch(/@(?:everyone|org|ann)\b|<!-- hidden/);
      expect(shop().labels).toEqual(['bug', 'Backend']);
      const ours = expect.stringMatching(/^<!-- prompt-to-issue:\w+ -->$/);
      expect(servers().github.world.effects).toEqual({ pinged: [], closing: [], html: [ours] });
    }
  });

  it("pours the draft into the project's form, and asks for what it requires", async () => {
    shop().files = { '.github/ISSUE_TEMPLATE/bug.yml': FORM };
    const { bot, platform } = await onGitHub();
    await talk(bot, say('draft Checkout hangs'));
    await command(
      bot,
      edit({ type: 'bug', description: 'Nobody can pay.\n\n## Notes\n\nSince noon.' }),
    );
    await vi.waitFor(() => {
      const [card] = [...platform.cards.values()];
      expect(card).toMatchObject({ template: 'Bug report', missing: ['Version'] });
    });
    const refused = await command(bot, approve());
    expect(refused).toMatchObject({ kind: 'refused' });
    expect(refused.message).toContain('`fill 1 Version: …`');
    expect(shop().issues).toEqual([]);
    await command(bot, { kind: 'fill', target: { ordinal: 1 }, field: 'Version', text: '17.2' });
    expect(await command(bot, approve())).toMatchObject({ kind: 'done' });
    const body = shop().issues[0]?.body ?? '';
    expect(body).toMatch(
      /^### What happened\?\n\nNobody can pay\.\n\n### Version\n\n17\.2\n\n### Notes/,
    );
    expect(body).not.toMatch(/description:|Thank you|validations/);
    expect(new Set(body.match(/^#+(?= )/gm))).toEqual(new Set(['###']));
  });

  it('carries what its template sets at GitHub, once, and says so on the card', async () => {
    const sets =
      'title: "[Bug]: "\nlabels: [BUG, backend, needs-triage]\nassignees: ann\ntype: task';
    shop().files = {
      '.github/ISSUE_TEMPLATE/bug.yml': `name: Bug\n${sets}\nbody: []\n`,
    };
    const { bot, platform } = await onGitHub();
    await talk(bot, say('draft Checkout hangs'), say('draft Paying hangs'));
    await command(bot, edit({ labels: ['bug'] }));
    await vi.waitFor(() =>
      expect([...platform.cards.values()][0]?.adds).toBe('[Bug]: …, backend, ann'),
    );
    const filed = await command(bot, approve());
    expect(filed.message).toContain('The label "needs-triage" does not exist');
    expect(shop().issues[0]).toMatchObject({
      ...{ title: '[Bug]: Checkout hangs', labels: ['bug', 'Backend'], assignees: ['ann'] },
      type: 'Task',
    });
    await command(bot, edit({ title: '[bug]: Paying hangs' }, 2));
    await command(bot, approve(2));
    expect(shop().issues[1]?.title).toBe('[bug]: Paying hangs');
  });

  it('carries what its template sets at GitLab', async () => {
    const actions = '/label ~ux ~"Backend"\n/assign @ann\n';
    web().templates = { Bug: `## Summary\n\n<!--\n/label ~bug\n-->\n${actions}` };
    const { bot } = await onGitLab();
    await talk(bot, say('draft Checkout hangs'));
    expect(await command(bot, approve())).toMatchObject({ kind: 'done' });
    expect(web().issues[0]?.labels.toSorted()).toEqual(['Backend', 'ux']);
    expect(web().issues[0]?.assignees).toHaveLength(1);
    expect(servers().gitlab.world.executed).toEqual([]);
  });

  it('asks for no tick that only a person can give, and ticks nothing for one', async () => {
    const boxes =
      '  - type: checkboxes\n    attributes:\n      label: Code of Conduct\n      options:\n        - { label: I agree to it, required: true }\n';
    shop().files = { '.github/ISSUE_TEMPLATE/bug.yml': `name: Bug\nbody:\n${boxes}` };
    const { bot } = await onGitHub();
    await talk(bot, say('draft Checkout hangs'));
    expect(await command(bot, approve())).toMatchObject({ kind: 'done' });
    expect(shop().issues[0]?.body).toContain('### Code of Conduct\n\n- [ ] I agree to it\n');
  });

  it("pours the draft into the project's description template at GitLab", async () => {
    web().templates = { Bug: '## Summary\n\n<!-- What is wrong? -->\n\n## Acceptance criteria\n' };
    const { bot, platform } = await onGitLab();
    await talk(bot, say('draft Checkout hangs'));
    const changes = { description: 'Nobody can pay.', acceptanceCriteria: ['Cards work again'] };
    await command(bot, edit({ type: 'bug', ...changes }));
    await vi.waitFor(() => expect([...platform.cards.values()][0]?.template).toBe('Bug'));
    expect(await command(bot, approve())).toMatchObject({ kind: 'done' });
    const filed = web().issues[0]?.description ?? '';
    expect(filed).toMatch(
      /^## Summary\n\nNobody can pay\.\n\n## Acceptance criteria\n\n- \[ \] Cards work again/,
    );
    expect(filed).not.toContain('What is wrong?');
    expect(filed.match(/Acceptance criteria/g)).toHaveLength(1);
  });

  it('says what drafted an issue, and what was added to one, unless the channel wants no notice', async () => {
    const { bot } = await onGitHub();
    const NOTICE = 'Drafted with prompt-to-issue.';
    await talk(bot, say('draft First'), say('draft Second'), say('draft Third'));
    await command(bot, approve());
    expect(shop().issues[0]?.body).toContain(NOTICE);
    const changes = { issueNotice: false };
    const quiet = await command(bot, { kind: 'configure', scope: 'channel', changes });
    expect(quiet).toMatchObject({ kind: 'done' });
    await command(bot, approve(2));
    await command(bot, { kind: 'add-to', target: { ordinal: 3 }, issue: '1' });
    expect(shop().issues).toHaveLength(2);
    expect(shop().issues[1]?.body).toContain('Filed on behalf of Ann');
    const comments = shop().issues[0]?.comments.map(({ body }) => body) ?? [];
    expect(comments).toEqual([expect.stringContaining('Third')]);
    expect(`${shop().issues[1]?.body}${comments}`).not.toContain(NOTICE);
  });
});
