package email

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"

	"usher/adapters"
)

// The states of a finding.
const (
	fine    = "ok"
	warning = "warning"
	wrong   = "wrong"
)

// Check tries, step by step, what reading the mailbox takes: name, connection, credentials, capabilities, each folder, and marking a mail, which is taken back. It stops at the first step without which there is no next.
func (a *Adapter) Check(ctx context.Context) []adapters.Finding {
	findings := []adapters.Finding{a.checkName(ctx)}
	if findings[0].State == wrong {
		return findings
	}
	session, err := a.connect(ctx)
	if err != nil {
		return append(findings, adapters.Finding{What: "connection", State: wrong, Detail: err.Error()})
	}
	defer session.close()
	findings = append(findings, adapters.Finding{What: "connection", State: fine, Detail: a.settings.TLS + " TLS"})
	m := &mailbox{settings: a.settings, passwords: a.passwords}
	switch {
	case a.settings.OAuth2.once():
		return append(findings, checkMechanism(session), adapters.Finding{What: "sign-in", State: fine, Detail: "not tried: that could use up the refresh token; usher serve tries it"})
	case a.settings.OAuth2.Provider != "":
		m.tokens = a.tokens(vault{}, nil) // an application's own tokens need neither
	}
	if err := session.authenticate(ctx, m); err != nil {
		return append(findings, adapters.Finding{What: "sign-in", State: wrong, Detail: err.Error()})
	}
	findings = append(findings, adapters.Finding{What: "sign-in", State: fine}, checkCaps(session))
	for _, folder := range a.settings.Folders {
		findings = append(findings, a.checkFolder(ctx, session, folder))
	}
	return findings
}

// once reports whether signing in may take a person, or a token that is good for one time and belongs to the running gateway.
func (o OAuth2) once() bool {
	return o.Provider != "" && o.Flow != flowClient
}

// checkMechanism says whether the server takes tokens, as far as it says so before sign-in; what else it can do many say only later.
func checkMechanism(s *session) adapters.Finding {
	for _, mechanism := range []string{xoauth2, oauthBearer} {
		if s.client.Caps().Has(imap.AuthCap(mechanism)) {
			return adapters.Finding{What: "capabilities", State: fine, Detail: "tokens by " + mechanism}
		}
	}
	return adapters.Finding{What: "capabilities", State: warning, Detail: "the server does not say that it takes tokens (XOAUTH2, OAUTHBEARER)"}
}

func (a *Adapter) checkName(ctx context.Context) adapters.Finding {
	addresses, err := net.DefaultResolver.LookupHost(ctx, a.settings.Host)
	if err != nil {
		return adapters.Finding{What: "name", State: wrong, Detail: "the name of email.host cannot be resolved"}
	}
	return adapters.Finding{What: "name", State: fine, Detail: fmt.Sprintf("%d addresses", len(addresses))}
}

// checkCaps says what the server can do and what is done where it cannot.
func checkCaps(s *session) adapters.Finding {
	var without []string
	for _, c := range []struct {
		capability imap.Cap
		instead    string
	}{
		{imap.CapIdle, "no IDLE: it is asked every email.poll_interval"},
		{imap.CapMove, "no MOVE: mails are copied, then deleted"},
		{imap.CapUIDPlus, "no UIDPLUS: mails are marked instead of moved"},
	} {
		if !s.client.Caps().Has(c.capability) {
			without = append(without, c.instead)
		}
	}
	if len(without) > 0 {
		return adapters.Finding{What: "capabilities", State: warning, Detail: strings.Join(without, "; ")}
	}
	return adapters.Finding{What: "capabilities", State: fine, Detail: "IDLE, MOVE, UIDPLUS"}
}

func (a *Adapter) checkFolder(ctx context.Context, s *session, folder string) adapters.Finding {
	finding := adapters.Finding{What: "folder " + folder, State: fine}
	data, err := s.selectFolder(ctx, folder, a.settings.After == afterNone)
	if err != nil {
		finding.State, finding.Detail = wrong, err.Error()+there(ctx, s)
		return finding
	}
	finding.Detail = fmt.Sprintf("%d mails", data.NumMessages)
	if a.settings.After != afterKeyword {
		return finding
	}
	if !keywords(data.PermanentFlags) {
		finding.State = warning
		finding.Detail += "; it keeps no keywords, so stored mails are not marked"
		return finding
	}
	if err := tryKeyword(ctx, s); err != nil {
		finding.State = wrong
		finding.Detail += "; marking a mail: " + wordless(err).Error()
		return finding
	}
	finding.Detail += "; a mail can be marked"
	return finding
}

// maxThere is how many folders are named.
const maxThere = 20

// there names the folders that there are, in words to follow a refusal; nothing if they cannot be listed. Folders' names are the operator's own.
func there(ctx context.Context, s *session) string {
	var names []string
	err := s.within(ctx, commandTime, func() error {
		all, err := s.client.List("", "*", nil).Collect()
		for _, folder := range all {
			if !slices.Contains(folder.Attrs, imap.MailboxAttrNoSelect) {
				names = append(names, folder.Mailbox)
			}
		}
		return err
	})
	if err != nil || len(names) == 0 {
		return ""
	}
	slices.Sort(names)
	more := ""
	if len(names) > maxThere {
		names, more = names[:maxThere], fmt.Sprintf(" and %d more", len(names)-maxThere)
	}
	return "; there are " + strings.Join(names, ", ") + more
}

// tryKeyword marks a mail that is not marked, and takes that back.
func tryKeyword(ctx context.Context, s *session) error {
	uids, err := s.search(ctx, 1, 0, imap.SearchCriteria{NotFlag: []imap.Flag{ingested}})
	if err != nil || len(uids) == 0 {
		return err
	}
	one := imap.UIDSetNum(uids[len(uids)-1])
	if err := s.flag(ctx, one, ingested); err != nil {
		return err
	}
	return s.within(ctx, commandTime, func() error {
		return s.client.Store(one, &imap.StoreFlags{Op: imap.StoreFlagsDel, Silent: true, Flags: []imap.Flag{ingested}}, nil).Close()
	})
}
