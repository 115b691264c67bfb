/** What the dashboard's routes, and every route that a session asks, may answer with beside the problems that all routes share. */
import { defineProblems } from '@commerce/service-kit/problems';

export const dashboardProblems = defineProblems({
  unknown_host: {
    status: 421,
    title: 'This service is not known by this name',
    help: 'The header Host must be that of CC_URL, or in development a name of this machine such as 127.0.0.1. A proxy in front must pass the header on as it came.',
  },
  session_elsewhere: {
    status: 403,
    title: 'The session is not taken from another site',
    help: 'A session works from the pages of this service alone. Programs send a token of their own in the header Authorization.',
  },
  csrf_token_wrong: {
    status: 403,
    title: 'The token against forged requests is missing or wrong',
    help: 'Send csrfToken of GET /dashboard/session as the header x-csrf-token. It changes with each sign-in: load the page anew.',
  },
  sign_in_unavailable: {
    status: 503,
    title: 'Nobody can sign in at present',
    help: 'The issuer cannot be reached, or the dashboard is not known there: DASHBOARD_CLIENT_ID names it. See docs/dashboard-sign-in.md.',
    retryable: true,
  },
  sign_in_refused: {
    status: 400,
    title: 'The sign-in did not come to its end',
    help: 'It was given up, took longer than ten minutes, was ended in another browser, or another one was begun meanwhile. Begin it again.',
  },
  sign_in_without_role: {
    status: 403,
    title: 'This user has no role here',
    help: 'The issuer knows the user, but none of the values of the claim that DASHBOARD_ROLES_CLAIM names gives a role by DASHBOARD_ROLES. Whoever keeps the users can add one.',
  },
  sign_in_link_over: {
    status: 410,
    title: 'This link does not open anything any more',
    help: 'A link signs in once, and holds for 15 minutes. Press "o" where pnpm dev runs for a new one.',
  },
  page_not_built: {
    status: 503,
    title: 'These pages are not built yet',
    help: 'pnpm dev and pnpm demo build them beside their start. By hand: npx --yes pnpm@12.21.0 pages.',
    retryable: true,
  },
});
