package domain

// The lists, for tests.
var (
	FreeMailList   = freeMailList
	DisposableList = disposableList
)
