package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/go-redis/v9"
)

// A load on a cluster: writers that count what was acknowledged, and readers. When the command is interrupted, it reads back what
// the cluster has and prints one JSON object with a member per stream (or "redis").

// The longest wait for one acknowledgement, and for reading back at the end.
const (
	writeTimeout = 2 * time.Second
	readTimeout  = 120 * time.Second
	loadPause    = 5 * time.Millisecond
)

// result of one writer. A message counts as lost if it was acknowledged and is neither stored nor was delivered.
type result struct {
	Acknowledged   int     `json:"acknowledged"`
	Failed         int     `json:"failed_attempts"`
	Lost           int     `json:"lost"`
	LostAfterWait  int     `json:"lost_after_wait"` // Redis: of these, those that WAIT had confirmed
	StoredTwice    int     `json:"stored_twice"`
	NotDelivered   int     `json:"not_delivered"`
	DeliveredAgain int     `json:"delivered_again"`
	LongestGap     float64 `json:"longest_gap_ms"` // between two acknowledgements
	MedianGap      float64 `json:"median_gap_ms"`
	LastError      string  `json:"last_error,omitempty"`
}

// gaps between acknowledgements.
type gaps struct {
	last time.Time
	all  []time.Duration
}

func (g *gaps) acknowledged(now time.Time) {
	if !g.last.IsZero() {
		g.all = append(g.all, now.Sub(g.last))
	}
	g.last = now
}

func (g *gaps) write(to *result) {
	if len(g.all) == 0 {
		return
	}
	slices.Sort(g.all)
	milliseconds := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	to.MedianGap, to.LongestGap = milliseconds(g.all[len(g.all)/2]), milliseconds(g.all[len(g.all)-1])
}

// until repeats one write until it is acknowledged; it counts the attempts that failed. False: the load is over.
func (r *result) until(ctx context.Context, write func(context.Context) error) bool {
	for ctx.Err() == nil {
		attempt, cancel := context.WithTimeout(ctx, writeTimeout)
		err := write(attempt)
		cancel()
		if err == nil {
			return true
		}
		if ctx.Err() == nil {
			r.Failed++
			r.LastError = err.Error()
			time.Sleep(20 * time.Millisecond)
		}
	}
	return false
}

// loadRun is in each message id and key, so that a load finds nothing of an earlier one.
var loadRun = strconv.FormatInt(time.Now().UnixMilli(), 36)

func load(ctx context.Context, at addresses, arguments []string) error {
	names := strings.Split(arguments[1], ",")
	results := map[string]*result{}
	var lock sync.Mutex
	var group sync.WaitGroup
	var failures []error
	one := func(name string, run func() (*result, error)) {
		group.Add(1)
		go func() {
			defer group.Done()
			outcome, err := run()
			lock.Lock()
			defer lock.Unlock()
			results[name] = outcome
			failures = append(failures, err)
		}()
	}
	for _, name := range names {
		switch arguments[0] {
		case "nats":
			one(name, func() (*result, error) { return loadStream(ctx, at, name) })
		case "redis":
			one(name, func() (*result, error) { return loadRedis(ctx, at, name) })
		default:
			return fmt.Errorf("service %q: nats or redis", arguments[0])
		}
	}
	group.Wait()
	return errors.Join(append(failures, json.NewEncoder(os.Stdout).Encode(results))...)
}

func connectForLoad(at addresses) (*nats.Conn, jetstream.JetStream, error) {
	connection, err := nats.Connect(at.nats, nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond),
		nats.ReconnectJitter(10*time.Millisecond, 10*time.Millisecond), nats.Timeout(time.Second), nats.RetryOnFailedConnect(true))
	if err != nil {
		return nil, nil, err
	}
	js, err := jetstream.New(connection)
	return connection, js, err
}

// delivered counts the deliveries of each message.
type delivered struct {
	lock  sync.Mutex
	times map[string]int
}

func (d *delivered) add(id string) {
	d.lock.Lock()
	defer d.lock.Unlock()
	d.times[id]++
}

// consumeAll receives and acknowledges with a durable consumer, which is as replicated as its stream, until the stream is drained.
func consumeAll(ctx context.Context, js jetstream.JetStream, name string, to *delivered) error {
	consumer, err := js.CreateOrUpdateConsumer(ctx, name, jetstream.ConsumerConfig{Durable: "load", AckPolicy: jetstream.AckExplicitPolicy,
		AckWait: 5 * time.Second, MaxAckPending: -1})
	if err != nil {
		return fmt.Errorf("stream %s: consumer: %w", name, err)
	}
	running, err := consumer.Consume(func(message jetstream.Msg) {
		to.add(string(message.Data()))
		_ = message.Ack()
	}, jetstream.PullExpiry(2*time.Second), jetstream.PullHeartbeat(500*time.Millisecond))
	if err != nil {
		return fmt.Errorf("stream %s: consume: %w", name, err)
	}
	defer running.Stop()
	<-ctx.Done()
	end, cancel := context.WithTimeout(context.Background(), readTimeout)
	defer cancel()
	for end.Err() == nil {
		if info, err := consumer.Info(end); err == nil && info.NumPending == 0 && info.NumAckPending == 0 {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("stream %s: its consumer was not drained within %v", name, readTimeout)
}

// stored counts how often the stream has each message. A member may still be elected, so it tries again until readTimeout.
func stored(js jetstream.JetStream, name string) (found map[string]int, err error) {
	for end := time.Now().Add(readTimeout); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if found, err = storedOnce(js, name); err == nil {
			break
		}
	}
	return found, err
}

func storedOnce(js jetstream.JetStream, name string) (map[string]int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), readTimeout)
	defer cancel()
	source, err := js.Stream(ctx, name)
	if err != nil {
		return nil, err
	}
	found := map[string]int{}
	state := source.CachedInfo().State
	if state.Msgs == 0 || source.CachedInfo().Config.Retention != jetstream.LimitsPolicy {
		return found, nil
	}
	consumer, err := js.OrderedConsumer(ctx, name, jetstream.OrderedConsumerConfig{})
	if err != nil {
		return nil, err
	}
	messages, err := consumer.Messages()
	if err != nil {
		return nil, err
	}
	defer messages.Stop()
	for {
		message, err := messages.Next(jetstream.NextMaxWait(10 * time.Second))
		if err != nil {
			return nil, fmt.Errorf("stream %s: %d of %d messages read: %w", name, len(found), state.Msgs, err)
		}
		found[string(message.Data())]++
		metadata, err := message.Metadata()
		if err != nil || metadata.Sequence.Stream >= state.LastSeq {
			return found, err
		}
	}
}

func loadStream(ctx context.Context, at addresses, name string) (*result, error) {
	outcome := &result{}
	connection, js, err := connectForLoad(at)
	if err != nil {
		return outcome, err
	}
	defer connection.Close()
	received := &delivered{times: map[string]int{}}
	drained := make(chan error, 1)
	// Its own connection: a consumer must not wait for the writer's reconnect.
	readerConnection, reader, err := connectForLoad(at)
	if err != nil {
		return outcome, err
	}
	defer readerConnection.Close()
	written := make(chan struct{})
	readers, stopReaders := context.WithCancel(context.Background())
	defer stopReaders()
	go func() { drained <- consumeAll(readers, reader, name, received) }()

	var acknowledged []string
	var times gaps
	go func() {
		defer close(written)
		subject := strings.ToLower(name) + ".load"
		for number := 1; ; number++ {
			id := name + "-" + loadRun + "-" + strconv.Itoa(number)
			message := &nats.Msg{Subject: subject, Data: []byte(id), Header: nats.Header{"Nats-Msg-Id": {id}}}
			if !outcome.until(ctx, func(attempt context.Context) error {
				_, err := js.PublishMsg(attempt, message)
				return err
			}) {
				return
			}
			times.acknowledged(time.Now())
			acknowledged = append(acknowledged, id)
			time.Sleep(loadPause)
		}
	}()
	<-written
	stopReaders()
	drainError := <-drained
	outcome.Acknowledged = len(acknowledged)
	times.write(outcome)
	there, err := stored(js, name)
	if err != nil {
		return outcome, err
	}
	for _, id := range acknowledged {
		if there[id] == 0 && received.times[id] == 0 {
			outcome.Lost++
		}
		if received.times[id] == 0 {
			outcome.NotDelivered++
		}
		if received.times[id] > 1 {
			outcome.DeliveredAgain++
		}
	}
	for _, times := range there {
		if times > 1 {
			outcome.StoredTwice++
		}
	}
	// A limits stream keeps what it delivered, so a message that was only delivered is lost, too.
	if len(there) > 0 {
		outcome.Lost = 0
		for _, id := range acknowledged {
			if there[id] == 0 {
				outcome.Lost++
			}
		}
	}
	return outcome, drainError
}

// redisForLoad follows Sentinel if there is one.
func redisForLoad(at addresses) *redis.Client {
	if at.sentinels == "" {
		return redis.NewClient(&redis.Options{Addr: at.redis, MaxRetries: -1, DialTimeout: time.Second, ReadTimeout: time.Second})
	}
	return redis.NewFailoverClient(&redis.FailoverOptions{MasterName: at.master, SentinelAddrs: strings.Split(at.sentinels, ","),
		MaxRetries: -1, DialTimeout: time.Second, ReadTimeout: time.Second, ContextTimeoutEnabled: true})
}

// loadRedis alternates SET of a new key and INCR of a counter. Every tenth pair is followed by WAIT for one replica.
func loadRedis(ctx context.Context, at addresses, name string) (*result, error) {
	outcome := &result{}
	client := redisForLoad(at)
	defer client.Close()
	var times gaps
	confirmed := map[int]bool{}
	name += ":" + loadRun
	counter, highest := name+":counter", int64(0)
	number := 0
	for {
		next := number + 1
		if !outcome.until(ctx, func(attempt context.Context) error {
			return client.Set(attempt, fmt.Sprintf("%s:%d", name, next), next, 0).Err()
		}) {
			break
		}
		number = next
		times.acknowledged(time.Now())
		if ctx.Err() != nil {
			break
		}
		attempt, cancel := context.WithTimeout(ctx, writeTimeout)
		value, err := client.Incr(attempt, counter).Result()
		cancel()
		if err == nil {
			// A counter that went back has lost the difference.
			if value <= highest {
				outcome.Lost += int(highest - value + 1)
			}
			highest = value
		} else if ctx.Err() == nil {
			outcome.Failed++
			outcome.LastError = err.Error()
		}
		if number%10 == 0 {
			if replicas, err := client.Wait(ctx, 1, 200*time.Millisecond).Result(); err == nil && replicas > 0 {
				confirmed[number] = true
			}
		}
		time.Sleep(loadPause)
	}
	times.write(outcome)
	outcome.Acknowledged = number
	end, cancel := context.WithTimeout(context.Background(), readTimeout)
	defer cancel()
	for one := 1; one <= number; one++ {
		key := fmt.Sprintf("%s:%d", name, one)
		exists := int64(0)
		if !outcome.until(end, func(attempt context.Context) (err error) {
			exists, err = client.Exists(attempt, key).Result()
			return err
		}) {
			return outcome, fmt.Errorf("redis: %s could not be read back within %v: %s", key, readTimeout, outcome.LastError)
		}
		if exists == 0 {
			outcome.Lost++
			if confirmed[one] {
				outcome.LostAfterWait++
			}
		}
	}
	return outcome, nil
}
