/** A secret that is shown this once, and the lines that verify with it. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import { CopyButton } from '../../parts/copy-button.tsx';
import { SNIPPETS, trySnippet } from './verify.ts';

export interface ShownSecret {
  readonly webhookId: string;
  readonly url: string;
  /** Null: it was given, or is known already. */
  readonly secret: string | null;
  /** Of ed25519. */
  readonly publicKey: string | null;
}

export function SecretNote({ shown: { secret, publicKey, url }, onClose }: { readonly shown: ShownSecret; readonly onClose: () => void }): ReactNode {
  return (
    <section className="card secret-note" aria-labelledby="secret-title">
      <h2 id="secret-title">{secret === null ? 'It is registered' : 'Keep this secret now: it is never shown again'}</h2>
      {secret !== null && <p className="row"><code className="secret-text">{secret}</code><CopyButton text={secret} label="Copy the secret" /></p>}
      {publicKey !== null && <p className="row">Public key <code>{publicKey}</code><CopyButton text={publicKey} /></p>}
      {publicKey === null ? <Snippets url={url} /> : <p className="soft">A receiver verifies <code>v1a,</code> signatures with the public key; the secret stays here.</p>}
      <p className="row"><button type="button" className="button primary" onClick={onClose}>{secret === null ? 'Close' : 'I have kept it'}</button></p>
    </section>
  );
}

/** Languages as tabs; what is chosen is shown with its copy button. */
export function Snippets({ url }: { readonly url: string }): ReactNode {
  const snippets = [...SNIPPETS, trySnippet(url)];
  const [chosen, setChosen] = useState(snippets[0]?.language);
  const shown = snippets.find(({ language }) => language === chosen);
  return (
    <div className="snippets">
      <div className="row" role="group" aria-label="Language">
        {snippets.map(({ language }) => <button type="button" key={language} className="button small" aria-pressed={language === chosen} onClick={() => setChosen(language)}>{language}</button>)}
      </div>
      {shown !== undefined && (
        <div className="json">
          <div className="json-head"><span className="soft">{shown.language === 'curl' ? 'Try your receiver' : 'Verify a delivery'}; the secret as WEBHOOK_SECRET</span><CopyButton text={shown.code} /></div>
          <pre tabIndex={0} aria-label={`${shown.language} code`}>{shown.code}</pre>
        </div>
      )}
    </div>
  );
}
