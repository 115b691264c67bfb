/** Break something, on purpose and in development only: each dependency down, slow, duplicating, and what becomes of the orders meanwhile. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import { ApiProblem } from '../../api.ts';
import { Empty } from '../../parts/empty.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { DependencyCard } from './dependency.tsx';
import { PlaceOrders } from './orders.tsx';
import { OutcomeBanner } from './outcome.tsx';
import { useLab } from './use-lab.ts';
import './break.css';

export function BreakView(): ReactNode {
  const lab = useLab();
  const [problem, setProblem] = useState<unknown>();
  const { faults, outcome } = lab;
  const broken = faults?.dependencies.filter(({ active }) => active !== null) ?? [];
  const isAbsent = lab.problem instanceof ApiProblem && lab.problem.status === 404;
  return (
    <>
      <div className="spread">
        <h1>Break something</h1>
        {broken.length > 0 && <button type="button" className="button primary" onClick={() => { setProblem(undefined); lab.mend().catch(setProblem); }}>Mend everything</button>}
      </div>
      <p className="soft">What is broken here is really broken: processes are killed, requests are held back or cut off, events come twice. It is mended by itself when its time is over, and no order may be lost or done twice.</p>
      {isAbsent && <Empty title="There is no lab here">Start the stack with <code>npx --yes pnpm@12.21.0 dev</code>: it brings the lab that can break things.</Empty>}
      {!isAbsent && lab.problem !== null && <ProblemNote problem={lab.problem} />}
      {problem !== undefined && <ProblemNote problem={problem} />}
      {outcome !== undefined && <OutcomeBanner outcome={outcome} titles={new Map(faults?.dependencies.map(({ dependency, title }) => [dependency, title]))} />}
      {faults === undefined && lab.problem === null && <Waiting />}
      {faults !== undefined && (
        <>
          <PlaceOrders />
          <div className="break-cards">{faults.dependencies.map((one) => <DependencyCard key={one.dependency} of={one} lab={lab} />)}</div>
        </>
      )}
    </>
  );
}
