package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"sync"

	"golang.org/x/net/http2"
)

// seen holds how streams that carried an id ended, as this side saw it.
var seen sync.Map

func serve(transport, certificates string) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: http.HandlerFunc(handle)}
	scheme := "http"
	if transport == "tls" {
		scheme = "https"
		if err := http2.ConfigureServer(server, &http2.Server{}); err != nil {
			return err
		}
	} else {
		server.Protocols = new(http.Protocols)
		server.Protocols.SetUnencryptedHTTP2(true)
	}
	line, err := json.Marshal(map[string]string{
		"url":     fmt.Sprintf("%s://%s", scheme, listener.Addr()),
		"ca":      filepath.Join(certificates, "ca.pem"),
		"runtime": runtime.Version(),
	})
	if err != nil {
		return err
	}
	fmt.Println(string(line))
	if transport == "tls" {
		return server.ServeTLS(
			listener,
			filepath.Join(certificates, "cert.pem"),
			filepath.Join(certificates, "key.pem"),
		)
	}
	return server.Serve(listener)
}

func handle(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if r.Method == http.MethodGet {
		switch r.URL.Path {
		case "/":
			fmt.Fprintln(w, "Hello")
		case "/2nd":
			fmt.Fprintln(w, "Hello Again!")
		case "/push":
			if err := w.(http.Pusher).Push("/2nd", nil); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			fmt.Fprintln(w, "Hello")
		case "/hints":
			w.Header().Set("Link", "</2nd>; rel=preload")
			w.WriteHeader(http.StatusEarlyHints)
			fmt.Fprintln(w, "Hello")
		case "/seen":
			end, ok := seen.Load(query.Get("id"))
			if !ok {
				end = "open"
			}
			fmt.Fprint(w, end)
		default:
			http.NotFound(w, r)
		}
		return
	}
	switch r.URL.Path {
	case "/ECHO":
		w.WriteHeader(http.StatusOK)
		echo(w, r, bytes.ToUpper)
	case "/sink":
		sink(w, r, query.Get("id"))
	case "/reset":
		start(w)
		_, _ = r.Body.Read(make([]byte, 100))
		panic(http.ErrAbortHandler)
	case "/goaway":
		// Makes the server say GOAWAY and go on with its open streams.
		w.Header().Set("Connection", "close")
		start(w)
		echo(w, r, func(b []byte) []byte { return b })
	default:
		start(w)
		echo(w, r, func(b []byte) []byte { return b })
	}
}

func start(w http.ResponseWriter) {
	w.WriteHeader(http.StatusOK)
	w.(http.Flusher).Flush()
}

func echo(w http.ResponseWriter, r *http.Request, change func([]byte) []byte) {
	w.(http.Flusher).Flush()
	total := 0
	buffer := make([]byte, 32<<10)
	for {
		n, err := r.Body.Read(buffer)
		if n > 0 {
			total += n
			if _, err := w.Write(change(buffer[:n])); err != nil {
				return
			}
			w.(http.Flusher).Flush()
		}
		if err != nil {
			break
		}
	}
	w.Header().Set(http.TrailerPrefix+"X-Bytes", fmt.Sprint(total))
	w.Header().Set(http.TrailerPrefix+"X-Client-Echo", r.Trailer.Get("X-Client"))
}

func sink(w http.ResponseWriter, r *http.Request, id string) {
	start(w)
	hash := crc32.NewIEEE()
	n, err := io.Copy(hash, r.Body)
	end := fmt.Sprintf("bytes=%d, CRC32=%x", n, hash.Sum32())
	var reset http2.StreamError
	if errors.As(err, &reset) {
		end = "reset " + reset.Code.String()
	} else if err != nil {
		end = err.Error()
	}
	seen.Store(id, end)
	fmt.Fprint(w, end)
}
