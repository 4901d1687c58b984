import * as React from 'react';

type Props<T> = { items: readonly T[]; render: (item: T, index: number) => React.ReactNode };

export function List<T,>({ items, render }: Props<T>): JSX.Element {
  const [open, setOpen] = React.useState<boolean>(false);
  return (
    <>
      {/* a comment inside */}
      <ul className={open ? 'open' : `closed-${items.length}`} onClick={() => setOpen(o => !o)}>
        {items.map((item, i) => <li key={i} data-n="1 > 0">{render(item, i)} &nbsp; caf&#233;</li>)}
      </ul>
      <Menu.Item<string> {...(open && { disabled: true })} label='x' />
      text with 'quotes' and "more" until here
    </>
  );
}

const generic = <T extends object>(value: T): T => value;

export default class Page extends React.Component<Props<number>, { n: number }> {
  state = { n: 1 as const };
  render() { return this.state.n > 0 ? <svg:path d="M0 0" /> : null; }
}
