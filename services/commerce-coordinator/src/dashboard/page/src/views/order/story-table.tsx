/** The same as the picture, as a table: for the keyboard, the ear, and whoever wants to read on. */
import type { ReactNode } from 'react';
import { exactText, spanText } from '../../parts/moment-text.ts';
import { Table } from '../../parts/table.tsx';
import type { Column } from '../../parts/table.tsx';
import type { Mark, MarkKind, Story } from './story.ts';

const KINDS: Readonly<Record<MarkKind, string>> = {
  event: 'happened', asked: 'asked', clock: 'timer or job', told: 'told', arrived: 'came in', failed: 'attempt failed', ignored: 'nothing done', duplicate: 'came again', sent: 'webhook', tried: 'webhook failed',
};

interface StoryTableProps {
  readonly story: Story;
  /** Of offset 0. */
  readonly startMs: number;
  readonly chosen: string;
  readonly onChoose: (id: string) => void;
}

export function StoryTable(props: StoryTableProps): ReactNode {
  const { story: { marks }, chosen } = props;
  return <Table label="Every step" columns={columnsOf(props)} rows={marks} rowKey={({ id }) => id} rowHeightPx={34} rowClass={({ id }) => (id === chosen ? 'is-chosen' : '')} />;
}

function columnsOf({ story, startMs, chosen, onChoose }: StoryTableProps): readonly Column<Mark>[] {
  const names = new Map(story.rows.map(({ key, name }) => [key, name]));
  const causes = new Map(story.arrows.map(({ from, to }) => [to, from]));
  const byId = new Map(story.marks.map((mark) => [mark.id, mark.name]));
  return [
    { name: 'After', width: '5.5rem', narrow: '4.6rem', isNumber: true, cell: ({ atMs }) => <time title={exactText(new Date(startMs + atMs).toISOString())}>+{spanText(atMs)}</time> },
    { name: 'Where', width: '9rem', isExtra: true, cell: ({ row }) => names.get(row) ?? row },
    { name: 'Kind', width: '8rem', isExtra: true, cell: ({ kind }) => KINDS[kind] },
    { name: 'What', width: 'minmax(10rem, 19rem)', narrow: 'minmax(0, 3fr)', cell: (mark) => <button type="button" className="as-link" aria-expanded={mark.id === chosen} onClick={() => onChoose(mark.id)}>{mark.name}</button> },
    { name: 'In words', width: 'minmax(8rem, 3fr)', cell: ({ text }) => <span title={text}>{text}</span> },
    { name: 'Because of', width: 'minmax(6rem, 1fr)', isExtra: true, cell: ({ id }) => byId.get(causes.get(id) ?? '') ?? '' },
  ];
}
