package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/apache/pulsar-client-go/pulsar"
	"github.com/apache/pulsar-client-go/pulsar/log"
)

type pulsarSession struct {
	client    pulsar.Client
	limit     time.Duration
	producers map[string]pulsar.Producer
	consumer  pulsar.Consumer
	leave     bool // the subscription stays
	produced  bool
}

var subscriptionTypes = map[string]pulsar.SubscriptionType{
	"Exclusive":  pulsar.Exclusive,
	"Shared":     pulsar.Shared,
	"Failover":   pulsar.Failover,
	"Key_Shared": pulsar.KeyShared,
}

func openPulsar(wanted exchange, limit time.Duration) (session, error) {
	client, err := pulsar.NewClient(pulsar.ClientOptions{
		URL:               wanted.Address,
		OperationTimeout:  limit,
		ConnectionTimeout: limit,
		Logger:            log.DefaultNopLogger(),
	})
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return &pulsarSession{client: client, limit: limit, producers: map[string]pulsar.Producer{}}, nil
}

func (s *pulsarSession) close() {
	for _, producer := range s.producers {
		producer.Close()
	}
	if s.consumer != nil {
		if !s.leave {
			_ = s.consumer.UnsubscribeForce()
		}
		s.consumer.Close()
	}
	s.client.Close()
}

func (s *pulsarSession) do(ctx context.Context, wanted operation) error {
	switch wanted.Name {
	case "partitions":
		return s.partitions(wanted)
	case "produce":
		return s.produce(ctx, wanted)
	case "subscribe":
		return s.subscribe(wanted)
	case "receive":
		return s.receive(ctx, wanted.Wanted == "stored")
	}
	return fmt.Errorf("operation %q is not known", wanted.Name)
}

// partitions compares their number. A client sees a topic without partitions as one.
func (s *pulsarSession) partitions(wanted operation) error {
	names, err := s.client.TopicPartitions(wanted.Topic)
	if err == nil && len(names) != max(1, wanted.Size) {
		return fmt.Errorf("%d", len(names))
	}
	return err
}

// produce sends a message to each partition of the topic.
func (s *pulsarSession) produce(ctx context.Context, wanted operation) error {
	names, err := s.client.TopicPartitions(wanted.Topic)
	for i := 0; i < len(names) && err == nil; i++ {
		err = s.send(ctx, names[i], wanted.Size)
	}
	s.produced = s.produced || err == nil
	return err
}

func (s *pulsarSession) send(ctx context.Context, topic string, size int) error {
	producer, found := s.producers[topic]
	if !found {
		never := uint(0)
		created, err := s.client.CreateProducer(pulsar.ProducerOptions{
			Topic: topic, SendTimeout: s.limit, DisableBatching: true, MaxReconnectToBroker: &never,
		})
		if err != nil {
			return err
		}
		producer, s.producers[topic] = created, created
	}
	_, err := producer.Send(ctx, &pulsar.ProducerMessage{Payload: []byte(strings.Repeat("x", size))})
	return err
}

// subscribe makes a subscription from the first message on, or takes one that the topic has.
func (s *pulsarSession) subscribe(wanted operation) (err error) {
	name := wanted.Consumer
	if s.leave = name != ""; !s.leave {
		name = fmt.Sprintf("oracle-%x", time.Now().UnixNano())
	}
	never := uint(0)
	s.consumer, err = s.client.Subscribe(pulsar.ConsumerOptions{
		Topic:                       wanted.Topic,
		SubscriptionName:            name,
		Type:                        subscriptionTypes[wanted.Type],
		SubscriptionInitialPosition: pulsar.SubscriptionPositionEarliest,
		MaxReconnectToBroker:        &never,
	})
	return err
}

// receive takes one message. Where none was stored before and none could be produced, none can be
// expected.
func (s *pulsarSession) receive(ctx context.Context, stored bool) error {
	if s.consumer == nil {
		return errors.New("no consumer")
	}
	if !s.produced && !stored {
		return errSkipped
	}
	message, err := s.consumer.Receive(ctx)
	if err != nil {
		return err
	}
	return s.consumer.Ack(message)
}
