package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"time"

	"github.com/redis/go-redis/v9"
)

type redisSession struct {
	client redis.UniversalClient
}

// openRedis connects with the first command.
func openRedis(wanted exchange, limit time.Duration) (session, error) {
	options := &redis.UniversalOptions{
		Addrs:         []string{wanted.Address},
		Username:      wanted.User,
		Password:      wanted.Password,
		IsClusterMode: wanted.Cluster,
		MaxRetries:    -1,
		DialTimeout:   limit,
		ReadTimeout:   limit,
		WriteTimeout:  limit,
		PoolSize:      1,
	}
	if wanted.CA != "" {
		authorities, err := os.ReadFile(wanted.CA)
		if err != nil {
			return nil, err
		}
		options.TLSConfig = &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
		options.TLSConfig.RootCAs.AppendCertsFromPEM(authorities)
	}
	return redisSession{redis.NewUniversalClient(options)}, nil
}

func (s redisSession) close() { _ = s.client.Close() }

// do sends a command. `wanted` is the text of its reply; empty: any reply but an error.
func (s redisSession) do(ctx context.Context, wanted operation) error {
	words := make([]any, len(wanted.Command))
	for i, word := range wanted.Command {
		words[i] = word
	}
	reply, err := s.client.Do(ctx, words...).Result()
	if err == redis.Nil {
		reply, err = "(nil)", nil
	}
	if said := fmt.Sprint(reply); err == nil && wanted.Wanted != "" && said != wanted.Wanted {
		return fmt.Errorf("%s, wanted %s", said, wanted.Wanted)
	}
	return err
}
