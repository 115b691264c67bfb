/** Who is signed in, and what he may do. Without a session nothing of the page is shown but the way to sign in. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, use } from 'react';
import type { ReactNode } from 'react';
import { ApiProblem, callJson, useSessionFor } from './api.ts';
import { ProblemNote } from './parts/problem-note.tsx';

export interface Session {
  readonly user: { readonly name: string; readonly subject: string };
  readonly role: 'viewer' | 'operator' | 'admin';
  readonly scopes: readonly string[];
  readonly csrfToken: string;
  readonly expiresAt: string;
  /** Things can be broken on purpose. */
  readonly development: boolean;
  readonly clientName: string;
}

const SessionContext = createContext<Session | undefined>(undefined);
const KEY = ['session'];
const SIGN_IN = '/dashboard/sign-in';

export function SessionProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const queries = useQueryClient();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: KEY, staleTime: 60_000, refetchInterval: 300_000,
    queryFn: async ({ signal }) => callJson<Session>('GET', '/dashboard/session', undefined, signal).catch((problem: unknown) => {
      if (problem instanceof ApiProblem && problem.status === 401) return null;
      throw problem;
    }),
  });
  useSessionFor(data?.csrfToken, () => queries.setQueryData(KEY, null));
  if (isPending) return <p className="waiting" role="status">Loading …</p>;
  if (data === null) return <SignIn />;
  if (data === undefined) return <main className="alone"><ProblemNote problem={error} onRetry={() => void refetch()} /></main>;
  return <SessionContext value={data}>{children}</SessionContext>;
}

function SignIn(): ReactNode {
  const back = `${location.pathname}${location.search}`;
  return (
    <main className="alone">
      <h1>Commerce Coordinator</h1>
      <p>Orders, events, webhooks and dead letters, live. Sign in to see them.</p>
      <p><a className="button primary" href={`${SIGN_IN}?to=${encodeURIComponent(back)}`}>Sign in</a></p>
      <p className="soft">In development, a link that signs in once is printed where the stack was started; the users and their passwords are in its <code>stack.json</code>, under <code>users</code>.</p>
    </main>
  );
}

export function useSession(): Session {
  const session = use(SessionContext);
  if (session === undefined) throw new Error('This is shown only to who is signed in.');
  return session;
}

export function useMay(scope: string): boolean {
  return useSession().scopes.includes(scope);
}

/** Its content only for who has the scope. */
export function May({ scope, children }: { readonly scope: string; readonly children: ReactNode }): ReactNode {
  return useMay(scope) ? children : null;
}

/** Ends the session at the service, and begins anew. */
export async function signOut(): Promise<void> {
  await callJson('POST', '/dashboard/sign-out', {});
  location.assign('/dashboard/');
}
