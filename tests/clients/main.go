// Command clients uses the three services with the real Go clients of NATS, Redis and Pulsar, as the platform's own service does. The
// end-to-end tests run it in a container of the network and on the host.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// addresses of the services; the defaults are those of the platform's network.
type addresses struct {
	nats        string
	redis       string
	pulsarAdmin string
	pulsar      string // pulsar://… or http://…: with the latter the client looks topics up by HTTP
	sentinels   string // host:port, host:port …; empty: the client connects to redis
	master      string // the name of the master that the Sentinels watch
	listener    string // which of the broker's listeners to be sent to; empty: its internal one
}

type command struct {
	arguments string
	count     int
	summary   string
	run       func(ctx context.Context, at addresses, arguments []string) error
}

var commands = map[string]command{
	"bootstrap": {"", 0, "what the platform's service does when it starts; may be repeated", bootstrap},
	"streams":   {"", 0, "print the configuration of the three streams as one JSON object", printStreams},
	"publish":   {"SUBJECT MESSAGE", 2, "publish to JetStream; print the acknowledgement as JSON", publish},
	"fetch":     {"STREAM", 1, "print every message of a stream, a line each; changes nothing", fetch},
	"set":       {"KEY VALUE", 2, "Redis SET", setKey},
	"get":       {"KEY", 1, "Redis GET", getKey},
	"produce":   {"TOPIC MESSAGE", 2, "send one message to a Pulsar topic; print its id", produce},
	"consume":   {"TOPIC", 1, "receive, acknowledge and print one message of a Pulsar topic, from the earliest on", consume},
	"write":     {"SERVICE NAME", 2, "write numbers until it is ended; print each once it is acknowledged", write},
	"held":      {"SERVICE NAME", 2, "print the numbers that are there", held},
	"operate":   {"", 0, "answer requests from standard input, a line of JSON each (operate.go)", operate},
	"load":      {"SERVICE NAMES", 2, "write to NAMES (streams, or prefixes of Redis keys) and read until interrupted; then count what is lost", load},
	"lookup":    {"TOPIC", 1, "find a topic by HTTP and connect to the broker that the answer names; print its URL", lookup},
}

func usage() {
	fmt.Fprintln(os.Stderr, "usage: clients [flags] COMMAND [arguments]")
	for _, name := range []string{"bootstrap", "streams", "publish", "fetch", "set", "get", "produce", "consume", "write", "held", "load", "operate", "lookup"} {
		fmt.Fprintf(os.Stderr, "  %-24s %s\n", name+" "+commands[name].arguments, commands[name].summary)
	}
	flag.PrintDefaults()
}

// fromEnvironment is the default of a flag: a variable, or what the platform's network has.
func fromEnvironment(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}

func main() {
	var at addresses
	flag.Usage = usage
	flag.StringVar(&at.nats, "nats", fromEnvironment("NATS_URL", "nats://arc-messaging:4222"), "NATS ($NATS_URL)")
	flag.StringVar(&at.redis, "redis", fromEnvironment("REDIS_ADDR", "arc-cache:6379"), "Redis ($REDIS_ADDR)")
	flag.StringVar(&at.sentinels, "sentinels", fromEnvironment("REDIS_SENTINELS", ""), "Sentinels, separated by commas ($REDIS_SENTINELS)")
	flag.StringVar(&at.master, "master", fromEnvironment("REDIS_MASTER", "arc-cache"), "the Sentinels' name of the master ($REDIS_MASTER)")
	flag.StringVar(&at.pulsarAdmin, "pulsar-admin", fromEnvironment("PULSAR_ADMIN_URL", "http://arc-streaming:8080"), "Pulsar's admin REST ($PULSAR_ADMIN_URL)")
	flag.StringVar(&at.pulsar, "pulsar", fromEnvironment("PULSAR_URL", "pulsar://arc-streaming:6650"), "Pulsar, by pulsar:// or http:// ($PULSAR_URL)")
	flag.StringVar(&at.listener, "listener", fromEnvironment("PULSAR_LISTENER", ""), "Pulsar's listener: external from the host ($PULSAR_LISTENER)")
	timeout := flag.Duration("timeout", 30*time.Second, "the longest that the command may take")
	flag.Parse()

	chosen, known := commands[flag.Arg(0)]
	if !known || flag.NArg() != 1+chosen.count {
		usage()
		os.Exit(64)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, *timeout)
	defer cancel()
	if err := chosen.run(ctx, at, flag.Args()[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "clients: %s: %v\n", flag.Arg(0), err)
		os.Exit(1)
	}
}

// bootstrap goes in the order of the platform's service: Pulsar, NATS, Redis.
func bootstrap(ctx context.Context, at addresses, _ []string) error {
	for _, step := range []func(context.Context, addresses) error{bootstrapPulsar, bootstrapNATS, bootstrapRedis} {
		if err := step(ctx, at); err != nil {
			return err
		}
	}
	return nil
}
