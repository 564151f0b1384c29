package telemetry

import "runtime/debug"

// maxStack bounds how much of a stack is logged or stored, in bytes.
const maxStack = 2048

// Stack is the part of the caller's stack that says where it broke.
func Stack() string { return cut(debug.Stack()) }

func cut(stack []byte) string { return string(stack[:min(len(stack), maxStack)]) }
