package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/apache/pulsar-client-go/pulsar"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/go-redis/v9"
)

// A numbered stream of writes, to find out what is still there after a server ended: NAME is the middle of a subject, a list, a topic.

// pause between two writes: some hundred acknowledgements a second, so that reading them back stays quick.
const pause = time.Millisecond

func subject(name string) string { return "agent." + name + ".cmd" }
func topic(name string) string   { return "persistent://public/default/" + name }

// write numbers its writes and prints each number once it is acknowledged, until the server or somebody ends it.
func write(ctx context.Context, at addresses, arguments []string) error {
	return withStream(ctx, at, arguments, func(one func(number string) error) error {
		for number := 1; ; number++ {
			text := strconv.Itoa(number)
			if err := one(text); err != nil {
				return err
			}
			fmt.Println(text)
			time.Sleep(pause)
		}
	})
}

func withStream(ctx context.Context, at addresses, arguments []string, call func(func(string) error) error) error {
	name := arguments[1]
	switch arguments[0] {
	case "nats":
		connection, err := nats.Connect(at.nats, nats.NoReconnect())
		if err != nil {
			return err
		}
		defer connection.Close()
		js, err := jetstream.New(connection)
		if err != nil {
			return err
		}
		return call(func(number string) error {
			_, err := js.Publish(ctx, subject(name), []byte(number))
			return err
		})
	case "redis":
		client := redis.NewClient(&redis.Options{Addr: at.redis, MaxRetries: -1})
		defer client.Close()
		return call(func(number string) error { return client.RPush(ctx, name, number).Err() })
	case "pulsar":
		return withPulsar(ctx, at, func(client pulsar.Client) error {
			producer, err := client.CreateProducer(pulsar.ProducerOptions{Topic: topic(name), DisableBatching: true})
			if err != nil {
				return err
			}
			return call(func(number string) error {
				_, err := producer.Send(ctx, &pulsar.ProducerMessage{Payload: []byte(number)})
				return err
			})
		})
	}
	return fmt.Errorf("service %q: nats, redis or pulsar", arguments[0])
}

// held prints every number that is there, in order, a line each.
func held(ctx context.Context, at addresses, arguments []string) error {
	switch name := arguments[1]; arguments[0] {
	case "nats":
		return heldByNATS(ctx, at, subject(name))
	case "redis":
		return withRedis(at, func(client *redis.Client) error {
			numbers, err := client.LRange(ctx, name, 0, -1).Result()
			for _, number := range numbers {
				fmt.Println(number)
			}
			return err
		})
	case "pulsar":
		return heldByPulsar(ctx, at, topic(name))
	}
	return fmt.Errorf("service %q: nats, redis or pulsar", arguments[0])
}

// heldByNATS asks for one message after the other: a consumer would be state on the server.
func heldByNATS(ctx context.Context, at addresses, subject string) error {
	return withJetStream(at, func(_ *nats.Conn, js jetstream.JetStream) error {
		source, err := js.Stream(ctx, "AGENT_COMMANDS")
		if err != nil {
			return err
		}
		for sequence := uint64(1); ; {
			message, err := source.GetMsg(ctx, sequence, jetstream.WithGetMsgSubject(subject))
			if err == jetstream.ErrMsgNotFound {
				return nil
			}
			if err != nil {
				return err
			}
			fmt.Printf("%s\n", message.Data)
			sequence = message.Sequence + 1
		}
	})
}

func heldByPulsar(ctx context.Context, at addresses, topic string) error {
	return withPulsar(ctx, at, func(client pulsar.Client) error {
		reader, err := client.CreateReader(pulsar.ReaderOptions{Topic: topic, StartMessageID: pulsar.EarliestMessageID()})
		if err != nil {
			return err
		}
		defer reader.Close()
		for reader.HasNext() {
			message, err := reader.Next(ctx)
			if err != nil {
				return err
			}
			fmt.Printf("%s\n", message.Payload())
		}
		return nil
	})
}
