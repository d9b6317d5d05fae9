/** What whoever installs the app sees when Slack sends them back. */
import { INSTALL_PATH } from './manifest.ts';

export type InstallOutcome =
  | { name: string; appUrl: string }
  /** The state is none of ours, too old, used before, or of another browser. */
  | 'outdated'
  | 'cancelled'
  | 'failed';

const AGAIN = `<p><a href="${INSTALL_PATH}">Start again</a></p>`;
const TEXTS = {
  outdated: [
    'That link does not work any more',
    'Installing has to be finished in the browser it was begun in, within ten minutes, and once.',
  ],
  cancelled: ['Nothing was installed', 'Slack says that it was not allowed.'],
  failed: [
    'It could not be installed',
    'Slack did not give what it promised, or it could not be kept. Whoever runs the bot finds the reason in its log.',
  ],
} as const;

export function renderInstallPage(outcome: InstallOutcome): string {
  if (typeof outcome === 'string') {
    const [title, text] = TEXTS[outcome];
    return renderPage(title, `<p>${text}</p>${AGAIN}`);
  }
  return renderPage(
    `Installed in ${escapeHtml(outcome.name)}`,
    `<p>Invite the bot into a channel with <code>/invite</code> and mention it, or write to it.</p>
<p><a href="${escapeHtml(outcome.appUrl)}">Open it in Slack</a></p>`,
  );
}

function renderPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex, nofollow">
<title>${title}</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem}</style>
</head>
<body><main><h1>${title}</h1>
${body}</main></body>
</html>`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escapeHtml = (text: string) => text.replaceAll(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign);
