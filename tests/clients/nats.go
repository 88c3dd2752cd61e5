package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// stream is one of the platform's: file storage, one replica, discard old, two minutes of deduplication, no limit but its age.
func stream(name string, retention jetstream.RetentionPolicy, maxAge time.Duration, subjects ...string) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:              name,
		Subjects:          subjects,
		Retention:         retention,
		MaxAge:            maxAge,
		Storage:           jetstream.FileStorage,
		Replicas:          1,
		Discard:           jetstream.DiscardOld,
		Duplicates:        2 * time.Minute,
		MaxMsgs:           -1,
		MaxBytes:          -1,
		MaxMsgSize:        -1,
		MaxMsgsPerSubject: -1,
		MaxConsumers:      -1,
	}
}

var streams = []jetstream.StreamConfig{
	stream("AGENT_COMMANDS", jetstream.LimitsPolicy, 24*time.Hour, "agent.*.cmd"),
	stream("AGENT_EVENTS", jetstream.InterestPolicy, 168*time.Hour, "agent.*.event", "agent.*.status"),
	stream("SYSTEM_METRICS", jetstream.LimitsPolicy, 6*time.Hour, "metrics.>"),
}

// withJetStream connects, calls and closes.
func withJetStream(at addresses, call func(*nats.Conn, jetstream.JetStream) error) error {
	connection, err := nats.Connect(at.nats, nats.Name("arc-clients"), nats.Timeout(5*time.Second))
	if err != nil {
		return fmt.Errorf("nats: %s: %w", at.nats, err)
	}
	defer connection.Close()
	js, err := jetstream.New(connection)
	if err != nil {
		return fmt.Errorf("nats: %w", err)
	}
	return call(connection, js)
}

// bootstrapNATS creates or updates each stream to exactly what is above, by the newer and by the older of the client's interfaces.
func bootstrapNATS(ctx context.Context, at addresses) error {
	return withJetStream(at, func(connection *nats.Conn, js jetstream.JetStream) error {
		for _, config := range streams {
			if _, err := js.CreateOrUpdateStream(ctx, config); err != nil {
				return fmt.Errorf("nats: stream %s: %w", config.Name, err)
			}
			if err := addOrUpdate(connection, config); err != nil {
				return fmt.Errorf("nats: stream %s by the older interface: %w", config.Name, err)
			}
			fmt.Printf("nats: stream %s: as wanted\n", config.Name)
		}
		return nil
	})
}

// addOrUpdate is how programs did it before CreateOrUpdateStream came.
func addOrUpdate(connection *nats.Conn, config jetstream.StreamConfig) error {
	js, err := connection.JetStream()
	if err != nil {
		return err
	}
	older := &nats.StreamConfig{
		Name:              config.Name,
		Subjects:          config.Subjects,
		Retention:         nats.RetentionPolicy(config.Retention),
		MaxAge:            config.MaxAge,
		Storage:           nats.FileStorage,
		Replicas:          config.Replicas,
		Discard:           nats.DiscardOld,
		Duplicates:        config.Duplicates,
		MaxMsgs:           config.MaxMsgs,
		MaxBytes:          config.MaxBytes,
		MaxMsgSize:        config.MaxMsgSize,
		MaxMsgsPerSubject: config.MaxMsgsPerSubject,
		MaxConsumers:      config.MaxConsumers,
	}
	if _, err = js.StreamInfo(config.Name); err != nil {
		_, err = js.AddStream(older)
		return err
	}
	_, err = js.UpdateStream(older)
	return err
}

// printStreams asks with a request of its own: the client's types would drop the fields that they do not know.
func printStreams(ctx context.Context, at addresses, _ []string) error {
	return withJetStream(at, func(connection *nats.Conn, _ jetstream.JetStream) error {
		configurations := map[string]json.RawMessage{}
		for _, wanted := range streams {
			reply, err := connection.RequestWithContext(ctx, "$JS.API.STREAM.INFO."+wanted.Name, nil)
			if err != nil {
				return fmt.Errorf("stream %s: %w", wanted.Name, err)
			}
			var answer struct {
				Config json.RawMessage `json:"config"`
				Error  json.RawMessage `json:"error"`
			}
			if err := json.Unmarshal(reply.Data, &answer); err != nil {
				return fmt.Errorf("stream %s: %w", wanted.Name, err)
			}
			if answer.Error != nil {
				return fmt.Errorf("stream %s: %s", wanted.Name, answer.Error)
			}
			configurations[wanted.Name] = answer.Config
		}
		encoder := json.NewEncoder(os.Stdout)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(configurations)
	})
}

func publish(ctx context.Context, at addresses, arguments []string) error {
	return withJetStream(at, func(_ *nats.Conn, js jetstream.JetStream) error {
		acknowledgement, err := js.Publish(ctx, arguments[0], []byte(arguments[1]))
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(acknowledgement)
	})
}

// fetch reads by sequence number: a consumer would be state on the server.
func fetch(ctx context.Context, at addresses, arguments []string) error {
	return withJetStream(at, func(_ *nats.Conn, js jetstream.JetStream) error {
		source, err := js.Stream(ctx, arguments[0])
		if err != nil {
			return err
		}
		state := source.CachedInfo().State
		for sequence := max(state.FirstSeq, 1); sequence <= state.LastSeq; sequence++ {
			message, err := source.GetMsg(ctx, sequence)
			if err == jetstream.ErrMsgNotFound {
				continue // removed in between
			}
			if err != nil {
				return err
			}
			fmt.Printf("%s\n", message.Data)
		}
		return nil
	})
}
