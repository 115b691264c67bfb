/** The raw client as a process of its own. */
import { answer } from '../harness/child.ts';
import { postRaw } from './raw.ts';

answer({ post: ({ url, body, count }: { url: string; body: string; count: number }) => postRaw(url, '/raw', count, body) });
