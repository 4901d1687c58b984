function missing(a, b {
  return a + * b;
}

const object = { a: 1, b: , c };
let template = `open ${ { nested: [1, 2 } `;
class { constructor( { super }
if (x { y } else else { z }

for (let i = 0; i < 10 i++) {
  console.log("unclosed);
}

const regex = /[unclosed/;
const jsx = <div><span></div>;
)]} stray
var 1name = #;
async => await (
export default
