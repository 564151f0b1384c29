package email

import (
	"context"
	"net"
	"net/http"

	"usher/adapters"
)

// Over makes a built adapter reach its mail server and its token server by other ways than the network.
func Over(built adapters.Adapter, dial func(context.Context) (net.Conn, error), tokens http.RoundTripper) {
	a := built.(*Adapter)
	a.dial, a.transport = dial, tokens
}
