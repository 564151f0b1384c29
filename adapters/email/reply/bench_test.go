package reply

import (
	"os"
	"testing"
)

func BenchmarkSplitOutlookMail(b *testing.B) {
	text, err := os.ReadFile("testdata/de_outlook.txt")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Signature(Split(string(text)), nil)
	}
}

func BenchmarkSplitBombs(b *testing.B) {
	for name, text := range bombs(2 << 20) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				Signature(Split(text), nil)
			}
		})
	}
}
