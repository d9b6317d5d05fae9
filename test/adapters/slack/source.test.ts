/** Through which installation something came, read from what Slack sends. */
import { describe, expect, it } from 'vitest';
import { sourceOf } from '../../../adapters/slack/source.ts';

describe('where something came from', () => {
  it('is what an event is delivered for, not who wrote it', () => {
    const body = {
      team_id: 'T2',
      context_team_id: 'T1',
      authorizations: [{ team_id: 'T1', enterprise_id: null, is_enterprise_install: false }],
    };
    expect(sourceOf('T1', undefined, body)).toEqual({ workspaceIds: ['T1'] });
  });

  it("is the app's workspace when somebody of another one presses a button of its message", () => {
    const body = { type: 'block_actions', team: { id: 'T2' }, message: { team: 'T1' } };
    expect(sourceOf('T2', undefined, body).workspaceIds).toEqual(['T1', 'T2']);
  });

  it("is not the author's workspace when a shortcut is taken on somebody's message", () => {
    const body = { type: 'message_action', team: { id: 'T1' }, message: { team: 'T2' } };
    expect(sourceOf('T1', undefined, body).workspaceIds).toEqual(['T1']);
  });

  it('is where the app is installed when a window was opened from another workspace', () => {
    const body = { type: 'view_submission', view: { app_installed_team_id: 'T1' } };
    expect(sourceOf('T1', undefined, body).workspaceIds).toEqual(['T1']);
  });

  it('is the workspace of an organisation that sees the channel', () => {
    const body = {
      context_team_id: 'T1',
      authorizations: [{ team_id: null, enterprise_id: 'E1', is_enterprise_install: true }],
    };
    const source = { workspaceIds: ['T1'], enterpriseId: 'E1', ofOrganisation: true };
    // `T2` is where somebody of another company wrote from.
    for (const teamId of [undefined, 'T2']) expect(sourceOf(teamId, 'E1', body)).toEqual(source);
    expect(sourceOf('E1', 'E1', {})).toEqual({ workspaceIds: [], enterpriseId: 'E1' });
  });

  it('makes do with what Slack left out or wrote otherwise', () => {
    const body = { authorizations: 'none', message: 7, view: null, type: 3 };
    expect(sourceOf('T1', undefined, body)).toEqual({ workspaceIds: ['T1'] });
  });
});
