package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"
)

// exchange is a line of standard input: the operations of one client on one server, in order.
type exchange struct {
	Service    string      `json:"service"`
	Address    string      `json:"address"`
	User       string      `json:"user"`
	Password   string      `json:"password"`
	CA         string      `json:"ca"`      // a file; empty: no TLS
	Cluster    bool        `json:"cluster"` // Redis: the address is a node of a cluster
	Keep       string      `json:"keep"`    // a name for a client that stays; no operation ends it
	Operations []operation `json:"operations"`
	Seconds    float64     `json:"seconds"` // the longest that one operation may take
}

// operation has the parameters of every operation; each uses its own.
type operation struct {
	Name     string            `json:"name"`
	Stream   string            `json:"stream"`
	Consumer string            `json:"consumer"` // an existing consumer; empty: a new one
	Subject  string            `json:"subject"`
	Filter   string            `json:"filter"`
	Size     int               `json:"size"`
	Headers  map[string]string `json:"headers"`
	Command  []string          `json:"command"`
	Wanted   string            `json:"wanted"`
	Topic    string            `json:"topic"`
	Type     string            `json:"type"`
}

// errSkipped: another operation's failure left nothing to do.
var errSkipped = errors.New("skipped")

// kept has the clients that stay.
var kept = map[string]session{}

// session is one connection and what the operations before left for those behind.
type session interface {
	do(ctx context.Context, wanted operation) error
	close()
}

// operate answers each request with a line: a text for each operation, empty where it succeeded.
// A connection that fails fails every operation.
func operate(ctx context.Context, _ addresses, _ []string) error {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var wanted exchange
		if err := json.Unmarshal(lines.Bytes(), &wanted); err != nil {
			return err
		}
		if err := answers.Encode(answer(ctx, wanted)); err != nil {
			return err
		}
	}
	return lines.Err()
}

func answer(ctx context.Context, wanted exchange) []string {
	limit := time.Duration(wanted.Seconds * float64(time.Second))
	results := make([]string, len(wanted.Operations))
	client, err := open(wanted, limit)
	if err == nil && (wanted.Keep == "" || len(wanted.Operations) == 0) {
		defer client.close()
	}
	for i, each := range wanted.Operations {
		failed := err
		if failed == nil {
			failed = within(ctx, limit, func(ctx context.Context) error { return client.do(ctx, each) })
		}
		if failed != nil {
			results[i] = failed.Error()
		}
	}
	return results
}

func within(ctx context.Context, limit time.Duration, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return call(ctx)
}

func open(wanted exchange, limit time.Duration) (client session, err error) {
	if wanted.Keep == "" {
		return connect(wanted, limit)
	}
	client, found := kept[wanted.Keep]
	if !found {
		client, err = connect(wanted, limit)
	}
	if kept[wanted.Keep] = client; err != nil || len(wanted.Operations) == 0 {
		delete(kept, wanted.Keep)
	}
	return client, err
}

func connect(wanted exchange, limit time.Duration) (session, error) {
	switch wanted.Service {
	case "nats":
		return openNATS(wanted, limit)
	case "redis":
		return openRedis(wanted, limit)
	case "pulsar":
		return openPulsar(wanted, limit)
	}
	return nil, fmt.Errorf("service %q: nats, redis or pulsar", wanted.Service)
}
