package email

import (
	"errors"

	"usher/gateway/contact"
)

func (a *Adapter) Normalize(d contact.Delivery, body contact.Body) ([]contact.Inbound, error) {
	return nil, errors.New("x")
}
