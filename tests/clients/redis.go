package main

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"
)

func withRedis(at addresses, call func(*redis.Client) error) error {
	client := redis.NewClient(&redis.Options{Addr: at.redis})
	defer client.Close()
	if err := call(client); err != nil {
		return fmt.Errorf("redis: %s: %w", at.redis, err)
	}
	return nil
}

func bootstrapRedis(ctx context.Context, at addresses) error {
	const key, value = "arc-clients:bootstrap", "here"
	return withRedis(at, func(client *redis.Client) error {
		if err := client.Ping(ctx).Err(); err != nil {
			return err
		}
		if err := client.Set(ctx, key, value, 0).Err(); err != nil {
			return err
		}
		read, err := client.Get(ctx, key).Result()
		if err != nil {
			return err
		}
		if read != value {
			return fmt.Errorf("%s is %q, wrote %q", key, read, value)
		}
		fmt.Println("redis: PING, SET and GET answered")
		return nil
	})
}

func setKey(ctx context.Context, at addresses, arguments []string) error {
	return withRedis(at, func(client *redis.Client) error {
		return client.Set(ctx, arguments[0], arguments[1], 0).Err()
	})
}

func getKey(ctx context.Context, at addresses, arguments []string) error {
	return withRedis(at, func(client *redis.Client) error {
		value, err := client.Get(ctx, arguments[0]).Result()
		if err == nil {
			fmt.Println(value)
		}
		return err
	})
}
