package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/apache/pulsar-client-go/pulsar"
	"github.com/apache/pulsar-client-go/pulsar/log"
)

// resource is something that the platform's service PUTs by admin REST when it starts.
type resource struct {
	path string
	body string
}

var resources = []resource{
	{"tenants/arc-system", `{"allowedClusters":["standalone"]}`},
	{"namespaces/arc-system/events", ""},
	{"namespaces/arc-system/logs", ""},
	{"namespaces/arc-system/audit", ""},
	{"persistent/arc-system/events/agent-lifecycle/partitions", "3"},
	{"persistent/arc-system/logs/application/partitions", "4"},
	{"persistent/arc-system/audit/command-log/partitions", "1"},
}

// bootstrapPulsar takes 409, it is there already, as good: so does the platform's service.
func bootstrapPulsar(ctx context.Context, at addresses) error {
	for _, wanted := range resources {
		status, text, err := request(ctx, http.MethodPut, at.pulsarAdmin+"/admin/v2/"+wanted.path, wanted.body)
		switch {
		case err != nil:
			return fmt.Errorf("pulsar: %w", err)
		case status == http.StatusConflict:
			fmt.Printf("pulsar: %s: there already\n", wanted.path)
		case status/100 == 2:
			fmt.Printf("pulsar: %s: created\n", wanted.path)
		default:
			return fmt.Errorf("pulsar: PUT %s: %d %s", wanted.path, status, text)
		}
	}
	return nil
}

func request(ctx context.Context, method, url, body string) (int, string, error) {
	call, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	call.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(call)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 64*1024))
	return response.StatusCode, strings.TrimSpace(string(text)), err
}

func withPulsar(ctx context.Context, at addresses, call func(pulsar.Client) error) error {
	deadline, _ := ctx.Deadline()
	client, err := pulsar.NewClient(pulsar.ClientOptions{
		URL:               at.pulsar,
		ListenerName:      at.listener,
		OperationTimeout:  time.Until(deadline),
		ConnectionTimeout: 5 * time.Second,
		Logger:            log.DefaultNopLogger(),
	})
	if err != nil {
		return fmt.Errorf("pulsar: %s: %w", at.pulsar, err)
	}
	defer client.Close()
	return call(client)
}

func produce(ctx context.Context, at addresses, arguments []string) error {
	return withPulsar(ctx, at, func(client pulsar.Client) error {
		producer, err := client.CreateProducer(pulsar.ProducerOptions{Topic: arguments[0]})
		if err != nil {
			return err
		}
		defer producer.Close()
		id, err := producer.Send(ctx, &pulsar.ProducerMessage{Payload: []byte(arguments[1])})
		if err == nil {
			fmt.Println(id)
		}
		return err
	})
}

func consume(ctx context.Context, at addresses, arguments []string) error {
	return withPulsar(ctx, at, func(client pulsar.Client) error {
		consumer, err := client.Subscribe(pulsar.ConsumerOptions{
			Topic:                       arguments[0],
			SubscriptionName:            "arc-clients",
			SubscriptionInitialPosition: pulsar.SubscriptionPositionEarliest,
		})
		if err != nil {
			return err
		}
		defer consumer.Close()
		message, err := consumer.Receive(ctx)
		if err != nil {
			return err
		}
		fmt.Printf("%s\n", message.Payload())
		return consumer.Ack(message)
	})
}

// lookup does by steps what a client with an http:// address does: ask by REST, then connect to the broker that the answer names. With an
// http:// address of its own this client forgets the listener's name (0.19.0), so with one it connects to what our own question brought.
func lookup(ctx context.Context, at addresses, arguments []string) error {
	url := at.pulsarAdmin + "/lookup/v2/topic/" + strings.Replace(arguments[0], "://", "/", 1)
	if at.listener != "" {
		url += "?listenerName=" + at.listener
	}
	status, text, err := request(ctx, http.MethodGet, url, "")
	if err != nil {
		return err
	}
	var answer struct {
		BrokerURL string `json:"brokerUrl"`
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil || answer.BrokerURL == "" {
		return fmt.Errorf("GET %s: %d %s", url, status, text)
	}
	at.pulsar = at.pulsarAdmin
	if at.listener != "" {
		at.pulsar = answer.BrokerURL
	}
	return withPulsar(ctx, at, func(client pulsar.Client) error {
		producer, err := client.CreateProducer(pulsar.ProducerOptions{Topic: arguments[0]})
		if err != nil {
			return fmt.Errorf("the broker is named %s: %w", answer.BrokerURL, err)
		}
		producer.Close()
		fmt.Println(answer.BrokerURL)
		return nil
	})
}
