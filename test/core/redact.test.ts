import { describe, expect, it } from 'vitest';
import { redactSecrets } from '../../src/core/redact.ts';

/** Made-up secrets, put together here so that no scanner takes this file for a leak. */
const alnum = (length: number) => 'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zC'.repeat(10).slice(0, length);
const pem = (label: string) =>
  [
    `-----BEGIN ${label}-----`,
    alnum(64),
    alnum(64),
    `${alnum(20)}==`,
    `-----END ${label}-----`,
  ].join('\n');

const SECRETS: [string, string, string][] = [
  ['OpenAI key', `sk-${alnum(48)}`, '[redacted: OpenAI key]'],
  ['OpenAI project key', `sk-proj-${alnum(20)}_-${alnum(40)}`, '[redacted: OpenAI key]'],
  [
    'OpenAI-like key in lower case',
    'sk-0123456789abcdef0123456789abcdef',
    '[redacted: OpenAI key]',
  ],
  ['Anthropic key', `sk-ant-api03-${alnum(80)}-AA`, '[redacted: Anthropic key]'],
  ['GitHub personal token', `ghp_${alnum(36)}`, '[redacted: GitHub token]'],
  ['GitHub OAuth token', `gho_${alnum(36)}`, '[redacted: GitHub token]'],
  ['GitHub installation token', `ghs_${alnum(36)}`, '[redacted: GitHub token]'],
  ['GitHub fine-grained token', `github_pat_${alnum(22)}_${alnum(59)}`, '[redacted: GitHub token]'],
  ['GitLab token', `glpat-${alnum(20)}`, '[redacted: GitLab token]'],
  ['Slack bot token', `xoxb-1234567890-1234567890-${alnum(24)}`, '[redacted: Slack token]'],
  ['Slack app token', `xapp-1-A0123-456-${alnum(40)}`, '[redacted: Slack token]'],
  ['Slack rotated token', `xoxe.xoxp-1-${alnum(60)}`, '[redacted: Slack token]'],
  [
    'Slack webhook',
    `https://hooks.slack.com/services/T0123/B0123/${alnum(24)}`,
    '[redacted: Slack webhook]',
  ],
  [
    'Discord webhook',
    `https://discord.com/api/webhooks/123456789012345678/${alnum(60)}`,
    '[redacted: Discord webhook]',
  ],
  ['Discord token', `M${alnum(25)}.${alnum(6)}.${alnum(38)}`, '[redacted: Discord token]'],
  ['AWS access key', `AKIA${'IOSFODNN7EXAMPLE'}`, '[redacted: AWS access key]'],
  ['Google key', `AIza${alnum(35)}`, '[redacted: Google key]'],
  ['Stripe key', `sk_live_${alnum(24)}`, '[redacted: Stripe key]'],
  ['npm token', `npm_${alnum(36)}`, '[redacted: npm token]'],
  ['JWT', `eyJ${alnum(20)}.eyJ${alnum(60)}.${alnum(43)}`, '[redacted: JWT]'],
  ['PEM private key', pem('RSA PRIVATE KEY'), '[redacted: private key]'],
  ['OpenSSH private key', pem('OPENSSH PRIVATE KEY'), '[redacted: private key]'],
  ['PEM key on one line', pem('PRIVATE KEY').replaceAll('\n', '\\n'), '[redacted: private key]'],
  [
    'encrypted PEM key',
    pem('RSA PRIVATE KEY').replace('\n', '\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n'),
    '[redacted: private key]',
  ],
  [
    'PEM key that was cut off',
    pem('EC PRIVATE KEY').split('\n').slice(0, 3).join('\n'),
    '[redacted: private key]',
  ],
  [
    'URL with a password',
    'postgres://app:s3cr3t!@db.internal:5432/shop',
    'postgres://app:[redacted: password]@db.internal:5432/shop',
  ],
  ['password assignment', 'DB_PASSWORD=correcthorse', 'DB_PASSWORD=[redacted: password]'],
  ['password in YAML', 'password: hunter2', 'password: [redacted: password]'],
  ['password in JSON', '{"password": "hunter2"}', '{"password": [redacted: password]}'],
  [
    'AWS secret assignment',
    `aws_secret_access_key = ${alnum(30)}/+${alnum(8)}`,
    'aws_secret_access_key = [redacted: secret]',
  ],
  ['token in a query', 'GET /v1?api_key=9f8e7d6c5b4a3210', 'GET /v1?api_key=[redacted: secret]'],
  [
    'authorization header',
    `Authorization: Bearer ${alnum(30)}`,
    'Authorization: Bearer [redacted: credential]',
  ],
];

const HARMLESS: [string, string][] = [
  ['a git SHA', 'fixed in 3b18e512dba79e4c8300dd08aeb37f8e728b8dad, see above'],
  ['a UUID', 'request 7c9e6679-7425-40de-944b-e07fc1f90ae7 failed'],
  ['a base64 image', `![x](data:image/png;base64,iVBORw0KGgo${alnum(200)}+/==)`],
  ['talk about tokens', 'The token: expired after 3600 s. Passwords: minimum 12 characters.'],
  ['talk about passwords', 'reset password: user cannot log in'],
  ['code that reads a secret', 'const token = process.env.GITHUB_TOKEN_PROD_2;'],
  ['code that calls', 'password = getPassword(); token = fetchToken2Async()'],
  ['a reference to a secret', `token: \${{ secrets.GITHUB_TOKEN }}`],
  ['a schema', 'password: z.string().min(8), apiKey: string;'],
  ['a limit', 'max_tokens: 4096, tokens=128000'],
  ['a placeholder', 'OPENAI_API_KEY=your_key_here'],
  ['a class name', 'class="sk-folding-cube sk-cube2-large-spinner-item"'],
  ['a URL with a port', 'http://localhost:8000/users/@me and https://example.com:8443/a@b'],
  ['a public key', pem('PUBLIC KEY')],
  ['prose about a PEM file', 'it starts with -----BEGIN PRIVATE KEY----- and then the body'],
  ['a bearer in prose', 'the bearer of this message is responsible'],
];

describe('redactSecrets', () => {
  it.each(SECRETS)('takes out: %s', (_, secret, redacted) => {
    expect(redactSecrets(`before ${secret} after`)).toBe(`before ${redacted} after`);
  });

  it.each(HARMLESS)('leaves alone: %s', (_, text) => {
    expect(redactSecrets(text)).toBe(text);
  });

  it('takes out every one of several and changes nothing the second time', () => {
    const text = SECRETS.map(([, secret]) => secret).join('\n');
    const once = redactSecrets(text);
    expect(once.split('\n')).toEqual(SECRETS.map(([, , redacted]) => redacted));
    expect(redactSecrets(once)).toBe(once);
  });

  it.each([
    ['eyJ-', 'eyJ-'],
    ['JWT heads', `eyJ${'a'.repeat(8)}.`],
    ['PEM heads', '-----BEGIN PRIVATE KEY-----\n'],
    ['names', 'api_key_'],
    ['dashes', '-'],
    ['assignments', 'token='],
    ['schemes', 'a://'],
    ['quotes', 'secret="'],
    ['base64', 'aB3+'],
  ])('stays fast on the largest message made of %s', (_, piece) => {
    const text = piece.repeat(Math.ceil(262_144 / piece.length));
    const startedAt = performance.now();
    redactSecrets(text);
    expect(performance.now() - startedAt).toBeLessThan(1_500);
  });
});
