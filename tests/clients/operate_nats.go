package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

type natsSession struct {
	connection *nats.Conn
	js         jetstream.JetStream
	legacy     nats.JetStreamContext
	consumer   jetstream.Consumer
	temporary  string // the consumer's stream, if close() has to delete it
	published  *jetstream.PubAck
}

func openNATS(wanted exchange, limit time.Duration) (session, error) {
	connection, err := nats.Connect(wanted.Address, nats.UserInfo(wanted.User, wanted.Password),
		nats.NoReconnect(), nats.Timeout(limit))
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	client := &natsSession{connection: connection}
	if client.js, err = jetstream.New(connection); err == nil {
		client.legacy, err = connection.JetStream(nats.MaxWait(limit))
	}
	return client, err
}

func (s *natsSession) close() {
	s.unsubscribe()
	s.connection.Close()
}

func (s *natsSession) unsubscribe() {
	if s.temporary != "" {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = s.js.DeleteConsumer(ctx, s.temporary, s.consumer.CachedInfo().Name)
	}
	s.temporary, s.consumer, s.published = "", nil, nil
}

func (s *natsSession) do(ctx context.Context, wanted operation) error {
	switch wanted.Name {
	case "subscribe":
		return s.subscribe(ctx, wanted)
	case "publish":
		return s.publish(ctx, wanted)
	case "receive":
		return s.receive(ctx, wanted)
	case "duplicate":
		return s.duplicate(ctx, wanted)
	case "direct":
		_, err := s.legacy.GetLastMsg(wanted.Stream, wanted.Subject, nats.DirectGet(), nats.Context(ctx))
		return s.unlessEmpty(err)
	case "get":
		_, err := s.legacy.GetLastMsg(wanted.Stream, wanted.Subject, nats.Context(ctx))
		return s.unlessEmpty(err)
	case "delete":
		if s.published == nil {
			return errSkipped
		}
		return s.legacy.DeleteMsg(wanted.Stream, s.published.Sequence, nats.Context(ctx))
	case "purge":
		return s.legacy.PurgeStream(wanted.Stream, &nats.StreamPurgeRequest{Subject: wanted.Subject},
			nats.Context(ctx))
	}
	return fmt.Errorf("operation %q is not known", wanted.Name)
}

// subscribe makes a consumer for a declared subject, or takes one that the stream has.
func (s *natsSession) subscribe(ctx context.Context, wanted operation) (err error) {
	s.unsubscribe()
	if wanted.Consumer != "" {
		s.consumer, err = s.js.Consumer(ctx, wanted.Stream, wanted.Consumer)
		return err
	}
	s.consumer, err = s.js.CreateConsumer(ctx, wanted.Stream, jetstream.ConsumerConfig{
		FilterSubject:     wanted.Filter,
		AckPolicy:         jetstream.AckExplicitPolicy,
		InactiveThreshold: 10 * time.Second,
	})
	if err == nil {
		s.temporary = wanted.Stream
	}
	return err
}

func message(wanted operation) *nats.Msg {
	message := nats.NewMsg(wanted.Subject)
	message.Data = bytes.Repeat([]byte("x"), wanted.Size)
	for name, value := range wanted.Headers {
		message.Header.Set(name, value)
	}
	return message
}

// publish waits for the acknowledgement of the declared stream.
func (s *natsSession) publish(ctx context.Context, wanted operation) error {
	acknowledged, err := s.js.PublishMsg(ctx, message(wanted), jetstream.WithRetryAttempts(0))
	if err != nil {
		return err
	}
	if acknowledged.Stream != wanted.Stream {
		return fmt.Errorf("stored by stream %s", acknowledged.Stream)
	}
	s.published = acknowledged
	return nil
}

// duplicate publishes a message twice: the server must store it once.
func (s *natsSession) duplicate(ctx context.Context, wanted operation) error {
	twice := message(wanted)
	twice.Header.Set(nats.MsgIdHdr, strconv.FormatInt(time.Now().UnixNano(), 16))
	for _, second := range []bool{false, true} {
		acknowledged, err := s.js.PublishMsg(ctx, twice, jetstream.WithRetryAttempts(0))
		if err != nil {
			return err
		}
		if acknowledged.Duplicate != second {
			return fmt.Errorf("duplicate: %v", acknowledged.Duplicate)
		}
	}
	return nil
}

// receive takes one message of the declared subject and acknowledges it. Where nothing could be
// published and nothing was stored before, nothing can be expected.
func (s *natsSession) receive(ctx context.Context, wanted operation) error {
	if s.consumer == nil {
		return errors.New("no consumer")
	}
	info, err := s.consumer.Info(ctx)
	if err != nil {
		return err
	}
	if s.published == nil && info.NumPending == 0 && info.NumAckPending == 0 {
		return errSkipped
	}
	deadline, _ := ctx.Deadline()
	batch, err := s.consumer.Fetch(1, jetstream.FetchMaxWait(time.Until(deadline)*9/10))
	if err != nil {
		return err
	}
	for received := range batch.Messages() {
		return received.DoubleAck(ctx)
	}
	if batch.Error() != nil {
		return batch.Error()
	}
	return errors.New("no message was delivered")
}

// unlessEmpty: without a message of this subject, a read finds none.
func (s *natsSession) unlessEmpty(err error) error {
	if errors.Is(err, nats.ErrMsgNotFound) && s.published == nil {
		return errSkipped
	}
	return err
}
