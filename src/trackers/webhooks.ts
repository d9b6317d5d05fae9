/** The webhooks whose secrets are configured; each is loaded only then. */
import type { Webhook } from '../core/webhook.ts';

type Secrets = [string, ...string[]];

export interface WebhooksOptions {
  github?: { webhookSecrets?: Secrets | undefined } | undefined;
  gitlab?: { webhookSecrets?: Secrets | undefined } | undefined;
}

export async function createWebhooks({ github, gitlab }: WebhooksOptions): Promise<Webhook[]> {
  const webhooks: Webhook[] = [];
  if (github?.webhookSecrets) {
    const { createGitHubWebhook } = await import('./github-webhook.ts');
    webhooks.push(createGitHubWebhook({ secrets: github.webhookSecrets }));
  }
  if (gitlab?.webhookSecrets) {
    const { createGitLabWebhook } = await import('./gitlab-webhook.ts');
    webhooks.push(createGitLabWebhook({ secrets: gitlab.webhookSecrets }));
  }
  return webhooks;
}
