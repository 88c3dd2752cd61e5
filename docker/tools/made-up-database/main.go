// Command made-up-database writes a vulnerability database for Trivy, in the form of its schema version 2, with one finding that is made up:
// CRITICAL, in the source package that is named, of Debian 13. With it the real scanner finds something, or, for a package that no image has,
// nothing, where the real database cannot be reached.
//
//	made-up-database FOLDER PACKAGE    FOLDER is what Trivy calls its cache
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
)

const (
	release  = "debian 13"
	identity = "CVE-2099-0001"
)

func put(transaction *bbolt.Tx, value any, key string, buckets ...string) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	bucket, err := transaction.CreateBucketIfNotExists([]byte(buckets[0]))
	for _, name := range buckets[1:] {
		if err == nil {
			bucket, err = bucket.CreateBucketIfNotExists([]byte(name))
		}
	}
	if err != nil {
		return err
	}
	return bucket.Put([]byte(key), text)
}

func fill(database *bbolt.DB, name string) error {
	return database.Update(func(transaction *bbolt.Tx) error {
		if err := put(transaction, map[string]any{"FixedVersion": "99:99"}, identity, release, name); err != nil {
			return err
		}
		detail := map[string]any{"Title": "made up", "Severity": "CRITICAL", "VendorSeverity": map[string]int{"nvd": 4}}
		if err := put(transaction, detail, identity, "vulnerability"); err != nil {
			return err
		}
		return put(transaction, map[string]any{"ID": "debian", "Name": "made up"}, release, "data-source")
	})
}

func write(folder, name string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	database, err := bbolt.Open(filepath.Join(folder, "trivy.db"), 0o600, nil)
	if err != nil {
		return err
	}
	defer database.Close()
	if err := fill(database, name); err != nil {
		return err
	}
	now := time.Now()
	metadata, err := json.Marshal(map[string]any{"Version": 2, "NextUpdate": now.Add(24 * time.Hour), "UpdatedAt": now, "DownloadedAt": now})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "metadata.json"), metadata, 0o644)
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "made-up-database FOLDER PACKAGE")
		os.Exit(64)
	}
	if err := write(filepath.Join(os.Args[1], "trivy", "db"), os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "made-up-database:", err)
		os.Exit(1)
	}
}
