/** Where the page begins. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { ApiProblem } from './api.ts';
import { Frame } from './frame.tsx';
import { SessionProvider } from './session.tsx';
import { applyTheme } from './theme.ts';
import './styles.css';

const TRIES = 3;

applyTheme();
const queries = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 2_000, refetchOnWindowFocus: true, retry: (failures, error) => failures < TRIES && !(error instanceof ApiProblem && !error.retryable) },
    mutations: { retry: false },
  },
});
const root = document.getElementById('page');
if (root === null) throw new Error('The page has no place to stand.');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <Router base="/dashboard">
        <SessionProvider>
          <Frame />
        </SessionProvider>
      </Router>
    </QueryClientProvider>
  </StrictMode>,
);
