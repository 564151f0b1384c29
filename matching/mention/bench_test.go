package mention

import (
	"strings"
	"testing"
)

// A text of any size and kind is read in bounded time.
func BenchmarkHostileText(b *testing.B) {
	for name, piece := range map[string]string{
		"at": "a dot b at c dot d ", "digits": "12 ", "orders": "order order no ", "signs": "@@", "quotes": "> \n", "letters": "x", "hashes": "#1234", "groups": "1-2-3/", "words": "is at ",
	} {
		text := strings.Repeat(piece, 400_000/len(piece))
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Said(text, nil)
				Own(text)
			}
		})
	}
}

func BenchmarkChatMessage(b *testing.B) {
	for b.Loop() {
		text := "Hello, my order 4711-0815 has not come yet. Please call me back on +49 711 123456 in the afternoon, thank you!"
		Own(text)
		In(text, nil)
	}
}
