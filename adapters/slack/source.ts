/**
 * Whose installation something came through. In a channel that several workspaces share, who wrote
 * and where it was written are not it: Slack names the installation apart.
 */
import { z } from 'zod';
import type { InstallationSource } from './clients.ts';

const id = z.string().nullish().catch(undefined);
const bodySchema = z.object({
  /** Of events: the first is the installation they are delivered for. */
  authorizations: z
    .array(
      z.object({ team_id: id, enterprise_id: id, is_enterprise_install: z.boolean().nullish() }),
    )
    .optional()
    .catch(undefined),
  /** Of events: the workspace through which the app sees the channel. */
  context_team_id: id,
  context_enterprise_id: id,
  is_enterprise_install: z.union([z.boolean(), z.stringbool()]).optional().catch(undefined),
  type: z.string().optional().catch(undefined),
  /** Of buttons the message is the app's own, so its workspace is the app's; of shortcuts it is anybody's. */
  message: z.object({ team: id }).optional().catch(undefined),
  view: z.object({ app_installed_team_id: id }).optional().catch(undefined),
});

/** `teamId` and `enterpriseId` as Bolt reads them from the body. */
export function sourceOf(
  teamId: string | undefined,
  enterpriseId: string | undefined,
  body: unknown,
): InstallationSource {
  const parsed = bodySchema.parse(body);
  const { authorizations, context_team_id, context_enterprise_id, view } = parsed;
  const pressed = parsed.type === 'block_actions' ? parsed.message : undefined;
  const [first] = authorizations ?? [];
  const ofOrganisation = first?.is_enterprise_install ?? parsed.is_enterprise_install ?? false;
  const candidates = [
    first?.team_id,
    view?.app_installed_team_id,
    pressed?.team,
    context_team_id,
    // Of an event that an organisation is told of, this may be the workspace of whoever wrote.
    ...(first && ofOrganisation ? [] : [teamId]),
  ];
  const workspaceIds = candidates.filter((one) => one != null && isWorkspace(one));
  return {
    workspaceIds: [...new Set(workspaceIds)] as string[],
    enterpriseId: first?.enterprise_id ?? context_enterprise_id ?? enterpriseId ?? undefined,
    ...(ofOrganisation && { ofOrganisation }),
  };
}

/** Organisations begin with E; some payloads name one in the workspace's place. */
const isWorkspace = (teamId: string) => !teamId.startsWith('E');
