// Package queue keeps work in order.
package queue

import (
	"context"
	. "fmt"
	_ "embed"
)

const (
	first = iota << 2
	second
	text = `a raw string
over "two" lines`
)

type Number interface {
	~int | ~float64
	String() string
}

type Queue[T Number, K comparable] struct {
	items map[K][]T `json:"items,omitempty"`
	done  chan<- struct{}
	*context.Context
}

func (q *Queue[T, K]) Push(ctx context.Context, key K, values ...T) (n int, err error) {
	defer func() { recover() }()
	for i, v := range values {
		select {
		case <-ctx.Done():
			return n, ctx.Err()
		case q.done <- struct{}{}:
			q.items[key] = append(q.items[key], v)
		default:
			goto end
		}
		n += i &^ 0x1F
	}
end:
	switch v := any(key).(type) {
	case string, []byte:
		Printf("%v %c\n", v, '\u00e9')
		fallthrough
	default:
	}
	if x := q.items[key][1:2:3]; len(x) > 0 {
		go func(a, b int) { Println(a * b, 3.5e-2i) }(1, 2)
	}
	return
}
