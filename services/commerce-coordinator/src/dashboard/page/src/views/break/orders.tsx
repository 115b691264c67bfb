/** Places sample orders, one after another, so that something is under way when something breaks. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import { callApi, callJson } from '../../api.ts';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { Progress } from '../../parts/progress.tsx';
import { useMay } from '../../session.tsx';
import { MOST_ORDERS, samplesOf } from './samples.ts';
import type { Sellable } from './samples.ts';

const USUAL = '3';

export function PlaceOrders(): ReactNode {
  const mayOrder = useMay('orders:write');
  const mayReadProducts = useMay('catalog:read');
  const [count, setCount] = useState(USUAL);
  const [placed, setPlaced] = useState<{ readonly done: number; readonly of: number }>();
  const [problem, setProblem] = useState<unknown>();
  const number = Number(count);
  const isRight = Number.isInteger(number) && number >= 1 && number <= MOST_ORDERS;
  const isRunning = placed !== undefined && placed.done < placed.of && problem === undefined;
  if (!mayOrder) return null;
  const place = async (): Promise<void> => {
    setProblem(undefined);
    setPlaced({ done: 0, of: number });
    try {
      const products = mayReadProducts ? (await callJson<{ readonly items: readonly Sellable[] }>('GET', '/products?status=active&limit=50')).items : [];
      for (const [index, body] of samplesOf(products, number).entries()) {
        await callApi(new Request(new URL('/orders', location.origin), { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() } }));
        setPlaced({ done: index + 1, of: number });
      }
    } catch (error) {
      setProblem(error);
    }
  };
  return (
    <form className="break-orders" onSubmit={(event) => { event.preventDefault(); if (isRight && !isRunning) void place(); }}>
      <div className="row">
        <label className="row">Place <input inputMode="numeric" size={4} value={count} aria-invalid={!isRight} aria-label={`How many orders, 1 to ${MOST_ORDERS}`} onChange={({ target }) => setCount(target.value)} /> sample orders</label>
        <button type="submit" className="button primary" disabled={!isRight || isRunning}>{isRunning ? 'Placing …' : 'Place'}</button>
        {placed !== undefined && <div className="break-placed"><Progress done={placed.done} of={placed.of} label="Accepted" /></div>}
      </div>
      {problem !== undefined && <ProblemNote problem={problem} />}
    </form>
  );
}
