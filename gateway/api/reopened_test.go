package api_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/api"
	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/keys"
	"usher/gateway/people"
)

// rescored gives a flag other evidence, as a lookup does when one of its people becomes better known.
func (d desk) rescored(flag string, probability float64, evidence ...contact.Evidence) {
	d.t.Helper()
	f, err := d.DB.Duplicates.Find(d.t.Context(), flag)
	require.NoError(d.t, err)
	f.Probability, f.Rank, f.Evidence, f.UpdatedAt = probability, contact.RankOf(probability), evidence, time.Now().Add(time.Minute)
	_, err = d.DB.Duplicates.Swap(d.t.Context(), f)
	require.NoError(d.t, err)
}

// A rejected suggestion comes back only with strong evidence that was not there when it was rejected, and says what that is. Whatever is decided then takes the rejection back, on the record.
func TestADismissedFlagComesBackOnlyWithSomethingNew(t *testing.T) {
	t.Parallel()
	phone := contact.Evidence{Kind: "phone_same", WeightBits: 11, Left: "+14155550123", Right: "+14155550123"}
	mail := contact.Evidence{Kind: "email_same", WeightBits: 12, Left: "ada@byron.example", Right: "ada@byron.example"}
	name := contact.Evidence{Kind: "name_full_exact", WeightBits: 14, Left: "Ada Byron", Right: "Ada Byron"}
	weak := contact.Evidence{Kind: "phone_shared", WeightBits: 3, Left: "+14155550199", Right: "+14155550199"}
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		d := newDesk(t, uri)
		reader := key(t, d.Gateway, keys.ProfilesRead)
		flagged := func(suffix string) string {
			d.person("prf_a"+suffix, "Ada Byron")
			d.person("prf_b"+suffix, "Ada Byron")
			flag := d.flag("prf_a"+suffix, "prf_b"+suffix, .93, 0)
			d.rescored(flag, .93, phone)
			return flag
		}
		status := func(flag string) api.Duplicate {
			return ask[api.Duplicate](d, reader, 200, "GET", "/v1/duplicates/"+flag, nil)
		}
		flag := flagged("")
		dismiss := func() {
			ask[object](d, d.judge, 200, "POST", "/v1/duplicates/"+flag+"/dismiss", object{"why": "sisters"})
		}
		dismiss()
		for what, evidence := range map[string][]contact.Evidence{
			"the same again, weighed anew": {{Kind: "phone_same", WeightBits: 9, Left: "+14155550123", Right: "+14155550123"}},
			"a name":                       {phone, name},
			"something weak":               {phone, weak},
		} {
			d.rescored(flag, .99, evidence...)
			require.Equal(t, "dismissed", status(flag).Status, what)
		}
		d.rescored(flag, .8, phone, mail)
		require.Equal(t, "dismissed", status(flag).Status, "something speaks against it")
		d.rescored(flag, .99, phone, mail)
		again := status(flag)
		require.Equal(t, "open", again.Status)
		require.Equal(t, []contact.Evidence{mail}, again.NewEvidence)
		require.Contains(t, queue(d, "status=open"), flag)
		require.NotContains(t, queue(d, "status=dismissed"), flag)
		requireProblem(t, d.As(d.merge, "POST", "/v1/merges", object{"from": []string{"prf_a"}, "into": "prf_b"}), 409, "merge_contradicts_decision")

		dismiss() // with what is known now
		require.Equal(t, "dismissed", status(flag).Status)
		require.Empty(t, status(flag).NewEvidence)
		d.rescored(flag, .999, phone, mail)
		require.Equal(t, "dismissed", status(flag).Status)

		other := flagged("2")
		ask[object](d, d.judge, 200, "POST", "/v1/duplicates/"+other+"/dismiss", nil)
		d.person("prf_c", "Ada Byron")
		d.merged("prf_c", "prf_a2") // the dismissal is carried along
		d.rescored(other, .99, phone, mail)
		require.Equal(t, "open", status(other).Status)
		ask[merged](d, d.merge, 201, "POST", "/v1/duplicates/"+other+"/merge", nil)
		require.Equal(t, "merged", status(other).Status)

		bare := flagged("3") // told apart where there was no flag to see
		f, err := d.DB.Duplicates.Find(t.Context(), bare)
		require.NoError(t, err)
		require.NoError(t, d.DB.Duplicates.Delete(t.Context(), f))
		_, err = people.New(d.DB).TellApart(t.Context(), people.Wish{Who: "anna"}, contact.Distinct, "prf_a3", "prf_b3")
		require.NoError(t, err)
		f.UpdatedAt = time.Now().Add(time.Minute)
		require.NoError(t, d.DB.Duplicates.Insert(t.Context(), f))
		d.rescored(bare, .99, phone, mail)
		require.Equal(t, "dismissed", status(bare).Status)
	})
}
