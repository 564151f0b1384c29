package verify

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Vectors that the providers, or their libraries, publish.
var vectors = map[string]struct {
	scheme    Scheme
	key       string
	signature string
	parts     Parts
}{
	// slack-go/slack security_test.go (BSD-2)
	"slack": {
		slack, "e6b19c573432dcc6b075501d51b51bb8",
		"v0=adada4ed31709aef585c2580ca3267678c6a8eaeb7e0c1aca3ee57b656886b2c",
		Parts{Timestamp: "1531431954", Body: []byte(`{"token":"aF5ynEYQH0dFN9imlgcADxDB","team_id":"XXXXXXXXX","api_app_id":"YYYYYYYYY","event":{"type":"app_mention","user":"AAAAAAAAA","text":"<@EEEEEEEEE> hello world","client_msg_id":"477cc591-ch73-a14z-4db8-g0cd76321bec","ts":"1531431954.000073","channel":"TTTTTTTTT","event_ts":"1531431954.000073"},"type":"event_callback","event_id":"TvBP7LRED7","event_time":1531431954,"authed_users":["EEEEEEEEE"]}`)},
	},
	// standard-webhooks/standard-webhooks libraries/go/webhook_test.go TestWebhookSign (Apache-2.0)
	"standard v1": {
		standardV1, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
		Parts{ID: "msg_p5jXN8AQM9LWM0D4loKWxJek", Timestamp: "1614265330", Body: []byte(`{"test": 2432232314}`)},
	},
	// Viber/viber-bot-python tests/api/test_api.py (Apache-2.0)
	"viber": {
		viber, "44dafb7e0f40021e-61a47a1e6778d187-f2c5a676a07050b3",
		"d21b343448c8aee33b8e93768ef6ceb64a6ba6163099973a2b8bd028fea510ef",
		Parts{Body: []byte(`{"event":"webhook","timestamp":4977069964384421269,"message_token":1478683725125}`)},
	},
	// Placetel/call-control-notify-api README.md (MIT)
	"placetel": {
		placetel, "12345", "c4f823c5b8806432fe2b83b1fc2ee714422e0cdfb4b5129152a7d0bbcd7792d0",
		Parts{Body: []byte("call_id=4a4cbb39578170aed9a2761a7bec8c7e704a541f52291ef603d6f5f152980c3c&event=CallAccepted&from=0123456789&to=0987654321")},
	},
	// sinch/sinch-sdk-node packages/sdk-client/tests/utils/authorization.helper.test.ts (Apache-2.0)
	"sinch numbers": {
		sinchNumbers, "my-callback-secret", "b93021e0182c2772dbcdf4e8983ae8f409e78c3b",
		Parts{Body: []byte(`{"eventId":"01hpa0mww4m79q8j2dwn3ggbgz","timestamp":"2024-02-10T17:22:09.412722588","projectId":"37b62a7b-0177-abcd-efgh-e10f848de123","resourceId":"+17818510001","resourceType":"ACTIVE_NUMBER","eventType":"DEPROVISIONING_FROM_VOICE_PLATFORM","status":"SUCCEEDED","failureCode":null}`)},
	},
	// sinch/sinch-sdk-dotnet tests/Sinch.Tests/Conversation/WebhooksTests.cs (Apache-2.0)
	"sinch conversation": {
		sinchConversation, "foo_secret1234", "6bpJoRmFoXVjfJIVglMoJzYXxnoxRujzR4k2GOXewOE=",
		Parts{Nonce: "01FJA8B4A7BM43YGWSG9GBV067", Timestamp: "1634579353", Body: []byte(`{"app_id":"","accepted_time":"2021-10-18T17:49:13.813615Z","project_id":"e2df3a34-a71b-4448-9db5-a8d2baad28e4","contact_create_notification":{"contact":{"id":"01FJA8B466Y0R2GNXD78MD9SM1","channel_identities":[{"channel":"SMS","identity":"48123456789","app_id":""}],"display_name":"New Test Contact","email":"new.contact@email.com","external_id":"","metadata":"","language":"EN_US"}},"message_metadata":""}`)},
	},
	// signalwire/signalwire-go pkg/security/webhook_test.go, scheme A (MIT)
	"signalwire a": {
		signalWireA, "PSKtest1234567890abcdef", "c3c08c1fefaf9ee198a100d5906765a6f394bf0f",
		Parts{URL: "https://example.ngrok.io/webhook", Body: []byte(`{"event":"call.state","params":{"call_id":"abc-123","state":"answered"}}`)},
	},
}

func TestPublishedVectorsPass(t *testing.T) {
	t.Parallel()
	for name, v := range vectors {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key := []byte(v.key)
			if name == "standard v1" {
				var err error
				key, err = ParseSecret(v.key)
				require.NoError(t, err)
			}
			v.scheme.Keys = [][]byte{key}
			checker, err := New(v.scheme)
			require.NoError(t, err)

			in := request(v.scheme, v.signature, v.parts)
			in.Now = at(t, v.parts.Timestamp)
			_, err = checker.Check(in)
			require.NoError(t, err)

			made, err := Sign(v.scheme, key, v.parts)
			require.NoError(t, err)
			require.Equal(t, v.signature, made)

			in.Body = append([]byte(" "), in.Body...)
			_, err = checker.Check(in)
			require.Equal(t, BadSignature, ReasonOf(err))
		})
	}
}

func at(t *testing.T, unix string) time.Time {
	t.Helper()
	if unix == "" {
		return now
	}
	seconds, err := json.Number(unix).Int64()
	require.NoError(t, err)
	return time.Unix(seconds, 0)
}
