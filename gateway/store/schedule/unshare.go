package schedule

import (
	"reflect"
	"sync"
)

// unshare gives a value lists, maps and pointers of its own, all the way down: a store that is no memory would have decoded them anew.
func unshare(v reflect.Value) {
	if !shares(v.Type()) {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				unshare(v.Field(i))
			}
		}
	case reflect.Array:
		unshareEach(v)
	case reflect.Slice:
		if v.IsNil() {
			return
		}
		own := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(own, v)
		unshareEach(own)
		v.Set(own)
	case reflect.Map:
		if v.IsNil() {
			return
		}
		own := reflect.MakeMapWithSize(v.Type(), v.Len())
		for each := v.MapRange(); each.Next(); {
			own.SetMapIndex(each.Key(), ownOf(each.Value()))
		}
		v.Set(own)
	case reflect.Pointer:
		if !v.IsNil() {
			v.Set(ownOf(v.Elem()).Addr())
		}
	case reflect.Interface: // of what JSON decodes to
		if !v.IsNil() {
			v.Set(ownOf(v.Elem()))
		}
	}
}

func unshareEach(v reflect.Value) {
	if !shares(v.Type().Elem()) {
		return
	}
	for i := range v.Len() {
		unshare(v.Index(i))
	}
}

// ownOf is a copy of a value.
func ownOf(v reflect.Value) reflect.Value {
	own := reflect.New(v.Type()).Elem()
	own.Set(v)
	unshare(own)
	return own
}

var sharing sync.Map // reflect.Type to bool

// shares reports whether copies of a value of a type share anything that can be changed.
func shares(t reflect.Type) bool {
	if known, ok := sharing.Load(t); ok {
		return known.(bool)
	}
	found := false
	switch t.Kind() {
	case reflect.Slice, reflect.Map, reflect.Pointer, reflect.Interface:
		found = true
	case reflect.Array:
		found = shares(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() || f.Anonymous { // the hidden ones, as a time's, never change
				found = found || shares(f.Type)
			}
		}
	}
	sharing.Store(t, found)
	return found
}
