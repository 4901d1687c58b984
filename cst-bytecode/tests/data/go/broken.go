package

import "fmt

func missing(a int, b string {
	for i := 0; i < 10; i++
	{
		fmt.Println("a", )
	}
	x := [3]int{1, 2
	if x == { return }
}

type T struct {
	a int b string
	func()
}

func (t *T) () {
	switch { case 1 2: }
	ch <- <- 
	var = 5
	`raw never closed
}
