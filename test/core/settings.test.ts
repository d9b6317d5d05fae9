import { describe, expect, it } from 'vitest';
import { allowsProject, resolveSettings, type SettingsLevels } from '../../src/core/settings.ts';

const silent: SettingsLevels = {
  conversation: {},
  channel: {},
  user: {},
  workspace: {},
  environment: {},
};

describe('resolveSettings', () => {
  it('files to the channel before the user, and to the conversation before both', () => {
    const levels = {
      ...silent,
      channel: { project: 'local:channel' },
      user: { project: 'local:user' },
      environment: { project: 'local:environment' },
    };
    expect(resolveSettings(levels, true).project).toBe('local:channel');
    const own = { ...levels, conversation: { project: 'local:own' } };
    expect(resolveSettings(own, true).project).toBe('local:own');
  });

  it('follows a person in mode and language before the channel', () => {
    const levels: SettingsLevels = {
      ...silent,
      channel: { mode: 'ticket', language: 'de' },
      user: { mode: 'assistant' },
    };
    expect(resolveSettings(levels, true)).toMatchObject({ mode: 'assistant', language: 'de' });
  });

  it("keeps a person's own provider out of shared threads unless the workspace allows it", () => {
    const levels = { ...silent, user: { provider: 'mine' }, workspace: { provider: 'ours' } };
    expect(resolveSettings(levels, true).provider).toBe('ours');
    expect(resolveSettings(levels, false).provider).toBe('mine');
    const workspace = { provider: 'ours', allowPersonalProviders: true };
    expect(resolveSettings({ ...levels, workspace }, true).provider).toBe('mine');
  });

  it('takes a model that was chosen without a provider for the one decided below', () => {
    const levels = {
      ...silent,
      conversation: { model: 'gpt-5' },
      workspace: { provider: 'openai', model: 'gpt-4' },
    };
    expect(resolveSettings(levels, true)).toMatchObject({ provider: 'openai', model: 'gpt-5' });
    const undecided = { ...silent, channel: { model: 'gpt-5' } };
    expect(resolveSettings(undecided, true)).toMatchObject({ provider: undefined, model: 'gpt-5' });
  });

  it('takes the model from whoever chose the provider', () => {
    const levels = {
      ...silent,
      channel: { provider: 'openai' },
      workspace: { provider: 'anthropic', model: 'claude' },
    };
    expect(resolveSettings(levels, true)).toMatchObject({ provider: 'openai', model: undefined });
  });

  it('takes spending caps from the channel, the workspace and the environment only', () => {
    const levels: SettingsLevels = {
      conversation: { spendCapDaily: 1_000 },
      user: { spendCapDaily: 1_000 },
      channel: {},
      workspace: { spendCapDaily: 5 },
      environment: { spendCapMonthly: 100 },
    };
    expect(resolveSettings(levels, false).spendCaps).toEqual([
      { level: 'workspace', period: 'daily', dollars: 5 },
      { level: 'deployment', period: 'monthly', dollars: 100 },
    ]);
  });

  it('does not let a person or a conversation decide who approves and what is allowed', () => {
    const levels: SettingsLevels = {
      ...silent,
      conversation: { approvers: 'anyone', allowedProjects: ['*'] },
      user: { approvers: 'anyone', allowedProjects: ['*'] },
      workspace: { allowedProjects: ['github:acme/*'] },
    };
    const settings = resolveSettings(levels, true);
    expect(settings).toMatchObject({ approvers: 'members', allowedProjects: ['github:acme/*'] });
  });
});

describe('allowsProject', () => {
  it('allows everything without a list, and nothing with an empty one', () => {
    expect(allowsProject(undefined, 'github:a/b')).toBe(true);
    expect(allowsProject([], 'github:a/b')).toBe(false);
  });

  it('matches exactly, or by what stands before the star', () => {
    expect(allowsProject(['github:acme/shop'], 'github:acme/shop')).toBe(true);
    expect(allowsProject(['github:acme/shop'], 'github:acme/shop-private')).toBe(false);
    expect(allowsProject(['github:acme/*'], 'github:acme/other')).toBe(true);
    expect(allowsProject(['github:acme/*'], 'github:evil/acme')).toBe(false);
  });
});
