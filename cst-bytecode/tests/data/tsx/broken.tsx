export function Broken({ items }: { items: string[] ) {
  return (
    <div className={open ? 'a' : }>
      <span>text</div>
      {items.map(item => <li key={item>{item}</li>)
      <Unclosed prop="no end />
    </>
  );
}

const x = <T>(value: T) => value;
const element = <A <B />>;
function f(): JSX.Element { return <; }
let y: string = <p>&broken {`open ${1}</p>;
