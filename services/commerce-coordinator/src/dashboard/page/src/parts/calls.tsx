/** The calls of the API that this view has made, so that whoever looks can do it by himself. */
import { useState, useSyncExternalStore } from 'react';
import type { ReactNode } from 'react';
import { asCurl, callLog } from '../call-log.ts';
import { CopyButton } from './copy-button.tsx';

export function Calls(): ReactNode {
  const calls = useSyncExternalStore(callLog.subscribe, callLog.calls);
  const [isOpen, setOpen] = useState(false);
  if (calls.length === 0) return null;
  return (
    <details className="calls" open={isOpen} onToggle={({ currentTarget }) => { setOpen(currentTarget.open); callLog.lookedAt(currentTarget.open); }}>
      <summary>{calls.length === 1 ? 'The API call' : `The ${calls.length} API calls`} behind this view</summary>
      <ul>
        {calls.map((call) => (
          <li key={`${call.method} ${call.path}`}>
            <code><b>{call.method}</b> {call.path}</code>
            <span className="soft">{call.status === 0 ? 'no answer' : call.status}, {Math.round(call.ms)} ms</span>
            <CopyButton text={asCurl(call, location.origin)} label="Copy as curl" />
          </li>
        ))}
      </ul>
    </details>
  );
}
