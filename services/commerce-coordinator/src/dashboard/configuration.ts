/** The variables of the dashboard and its sign-in. */
import { text, timeSpan, url } from '@commerce/service-kit/config';
import { unencrypted } from '@commerce/service-kit/service-variables';
import { rolesByValue } from './roles.ts';

const HOUR_MS = 3_600_000;
const SHORTEST_MS = 60_000;
const LONGEST_MS = 30 * 24 * HOUR_MS;

export const DASHBOARD_VARIABLES = {
  dashboardClientId: text('DASHBOARD_CLIENT_ID', { meaning: 'Name of the dashboard at the issuer, as a client of the authorization code flow with the redirect URI {CC_URL}/dashboard/sign-in/callback. Without it nobody signs in.', optional: true }),
  dashboardClientSecret: text('DASHBOARD_CLIENT_SECRET', { meaning: 'Secret of the dashboard at the issuer; without it it is a public client, which PKCE protects alone.', secret: true, optional: true }),
  dashboardIssuerUrl: url('DASHBOARD_ISSUER_URL', { meaning: 'OpenID issuer at which people sign in, exactly as it names itself; ISSUER_URL when left out.', mayEndInSlash: true, optional: true, productionCheck: unencrypted }),
  dashboardScopes: text('DASHBOARD_SCOPES', { meaning: 'Scopes that a sign-in asks for, with spaces between them; openid is one of them. Issuers that tell roles or groups for a scope of their own need it here.', default: 'openid profile' }),
  dashboardRolesClaim: text('DASHBOARD_ROLES_CLAIM', { meaning: 'Claim of the ID token, or of the userinfo, that says what a user may do: text or a list of texts. A path with dots leads into objects, such as realm_access.roles. The claim email counts only where email_verified is true.', default: 'roles' }),
  dashboardRoles: text('DASHBOARD_ROLES', {
    meaning: 'Which values of that claim give which role, JSON: {"admin":["shop-admins"],"operator":["support"],"viewer":["*"]}. The highest role counts, * stands for everybody who signs in: only where the issuer knows nobody but your own people, and in production for viewer alone.',
    default: '{"admin":["admin"],"operator":["operator"],"viewer":["viewer"]}',
    productionCheck: refusal,
  }),
  dashboardIdleMs: timeSpan('DASHBOARD_IDLE_LIMIT', { meaning: 'A session ends when nothing was asked in it for so long.', default: 2 * HOUR_MS, minimum: SHORTEST_MS, maximum: LONGEST_MS }),
  dashboardSessionMs: timeSpan('DASHBOARD_SESSION_LIMIT', { meaning: 'A session ends so long after the sign-in, whatever is done in it.', default: 12 * HOUR_MS, minimum: SHORTEST_MS, maximum: LONGEST_MS }),
};

/** What would let everybody act whom the issuer knows. */
function refusal(text: string): string | undefined {
  const role = rolesByValue(text).get('*');
  return role === 'admin' || role === 'operator' ? `must not make everybody who signs in an ${role}` : undefined;
}
