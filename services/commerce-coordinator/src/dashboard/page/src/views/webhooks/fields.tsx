/** The fields of a webhook's form: the first ones at once, the rest when asked for. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import { $api } from '../../api.ts';
import { familiesOf, isChosen, isImplied, toggled } from './event-choice.ts';
import { formFaults } from './endpoint-form.ts';
import type { EndpointForm, FormFaults } from './endpoint-form.ts';

interface FieldsProps {
  readonly form: EndpointForm;
  readonly onChange: (form: EndpointForm) => void;
  /** Of one that is there the kind of signature is not changed here. */
  readonly isNew: boolean;
  /** False: address and headers stay as they are. */
  readonly mayMove?: boolean;
}

export function WebhookFields({ form, onChange, isNew, mayMove = true }: FieldsProps): ReactNode {
  // What is wrong is told when somebody has been there.
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const all = formFaults(form);
  const faults: FormFaults = Object.fromEntries(Object.entries(all).filter(([field]) => touched.has(field)));
  const set = <Field extends keyof EndpointForm>(field: Field, value: EndpointForm[Field]): void => onChange({ ...form, [field]: value });
  const left = (field: keyof EndpointForm): void => setTouched(new Set([...touched, field]));
  const number = (field: 'retryAttempts' | 'retryDelay' | 'timeout' | 'rateLimit' | 'maxInFlight', label: string, hint: string): ReactNode => (
    <label className="field">{label}
      <input inputMode="numeric" value={form[field]} placeholder={hint} aria-invalid={all[field] !== undefined} onChange={({ target }) => set(field, target.value)} />
      <Fault text={all[field]} />
    </label>
  );
  return (
    <>
      <label className="field">Where deliveries go
        <input type="url" autoFocus readOnly={!mayMove} value={form.url} placeholder="https://shop.example.com/hooks" aria-invalid={faults.url !== undefined} onBlur={() => left('url')} onChange={({ target }) => set('url', target.value)} />
        <Fault text={faults.url} />
        {!mayMove && <span className="soft">Address and headers are changed by its owner or an admin.</span>}
      </label>
      <EventChooser chosen={form.events} onChange={(events) => { left('events'); set('events', events); }} fault={faults.events} />
      <label className="field">Description, for people
        <input value={form.description} maxLength={500} onChange={({ target }) => set('description', target.value)} />
      </label>
      <details>
        <summary>More settings</summary>
        <div className="webhook-more">
          {isNew && (
            <label className="field">Signature
              <select value={form.signing} onChange={({ target }) => set('signing', target.value as EndpointForm['signing'])}>
                <option value="hmac">HMAC-SHA256, with a secret</option>
                <option value="ed25519">Ed25519, with a public key</option>
              </select>
            </label>
          )}
          {number('retryAttempts', 'Attempts of a delivery', '3')}
          {number('retryDelay', 'First wait, ms', 'as configured')}
          {number('timeout', 'Time for an attempt, ms', 'as configured')}
          {number('rateLimit', 'Deliveries a second', 'no limit')}
          {number('maxInFlight', 'Deliveries at once', '16')}
          <label className="webhook-check"><input type="checkbox" checked={form.ordered} onChange={({ target }) => set('ordered', target.checked)} /> In the order of each order’s events</label>
          <label className="field all">Event pattern on the body
            <textarea rows={2} value={form.filter} placeholder='{"data":{"currency":["USD"]}}' aria-invalid={all.filter !== undefined} onChange={({ target }) => set('filter', target.value)} />
            <Fault text={all.filter} />
          </label>
          <label className="field all">Headers to send along, one in each line{isNew ? '' : ' (they take the place of those that are there; empty: as they are)'}
            <textarea rows={2} readOnly={!mayMove} value={form.headers} placeholder="x-api-key: …" aria-invalid={all.headers !== undefined} onChange={({ target }) => set('headers', target.value)} />
            <Fault text={all.headers} />
          </label>
        </div>
      </details>
    </>
  );
}

function Fault({ text }: { readonly text: string | undefined }): ReactNode {
  return text === undefined ? null : <span className="fault" role="alert">{text}</span>;
}

function EventChooser({ chosen, onChange, fault }: { readonly chosen: readonly string[]; readonly onChange: (events: string[]) => void; readonly fault: string | undefined }): ReactNode {
  const { data } = $api.useQuery('get', '/api/catalog', {}, { staleTime: 300_000 });
  const [text, setText] = useState('');
  const families = familiesOf((data?.items ?? []).map(({ webhook }) => webhook), text);
  const box = (name: string, label: ReactNode): ReactNode => {
    const isOn = isChosen(chosen, name);
    return <label key={name} className="webhook-check"><input type="checkbox" checked={isOn} disabled={isOn && isImplied(chosen, name)} onChange={() => onChange(toggled(chosen, name))} /> {label}</label>;
  };
  return (
    <fieldset className="webhook-events" aria-invalid={fault !== undefined}>
      <legend>Events <span className="soft">{chosen.length === 0 ? 'none yet' : chosen.join(', ')}</span></legend>
      <input type="search" aria-label="Look for an event" placeholder="Look for an event" value={text} onChange={({ target }) => setText(target.value)} />
      <div className="webhook-families" tabIndex={0} role="group" aria-label="Events to choose">
        {text === '' && box('*', <b>every event</b>)}
        {families.map(({ prefix, names }) => (
          <div key={prefix} className="webhook-family">
            {box(`${prefix}.*`, <b>{prefix}.*</b>)}
            {names.map((name) => box(name, name))}
          </div>
        ))}
        {data !== undefined && families.length === 0 && <p className="soft">No event is called so.</p>}
      </div>
      <Fault text={fault} />
    </fieldset>
  );
}
