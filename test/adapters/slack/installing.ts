/** The app installed by OAuth, as somebody's browser does it. */
import type { SlackPlace } from '../../fakes/slack-oauth.ts';
import { PUBLIC_URL, type Running, type Setting } from './bots.ts';

export const ACME: SlackPlace = { team: 'T1', botUser: 'UBOT', botId: 'BBOT' };
/** Another workspace, of nobody we know. */
export const OTHER: SlackPlace = { ...ACME, team: 'T2' };
export const ORGANISATION: SlackPlace = { ...ACME, enterprise: 'E1', org: true };

/** Somebody's browser on its way through the installation. */
export async function setOut({ base }: Running) {
  const response = await fetch(`${base}/slack/install`, { redirect: 'manual' });
  const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? '';
  return { response, cookie, authorizeUrl: response.headers.get('location') ?? '' };
}

export const comeBack = ({ base = '' }: Running, address: string, cookie: string) =>
  fetch(address.replace(PUBLIC_URL, base), { headers: { cookie }, redirect: 'manual' });

export async function install(setting: Setting, running: Running, place: SlackPlace) {
  const { cookie, authorizeUrl } = await setOut(running);
  return comeBack(running, setting.slack.oauth.approve(authorizeUrl, place), cookie);
}
