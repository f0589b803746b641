// Command h2conn is the original, github.com/posener/h2conn, as a server and as
// a client for the interop checks:
//
//	h2conn server tls <folder with ca.pem, cert.pem and key.pem>
//	h2conn client <url> <ca.pem>
//
// Its server answers in upper case; its client sends JSON strings, as in its own
// example/echo. The interop script adds the latest version of the module to a copy of this folder.
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/posener/h2conn"
	"golang.org/x/net/http2"
)

const rounds = 100

func main() {
	var err error
	switch {
	case len(os.Args) == 4 && os.Args[1] == "server":
		err = serve(os.Args[3])
	case len(os.Args) == 4 && os.Args[1] == "client":
		err = connect(os.Args[2], os.Args[3])
	default:
		err = fmt.Errorf("usage: h2conn server|client ...")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(certificates string) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	err = json.NewEncoder(os.Stdout).Encode(map[string]string{
		"url":     "https://" + listener.Addr().String(),
		"ca":      filepath.Join(certificates, "ca.pem"),
		"runtime": runtime.Version(),
	})
	if err != nil {
		return err
	}
	return http.ServeTLS(
		listener,
		http.HandlerFunc(echo),
		filepath.Join(certificates, "cert.pem"),
		filepath.Join(certificates, "key.pem"),
	)
}

func echo(w http.ResponseWriter, r *http.Request) {
	conn, err := h2conn.Accept(w, r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer conn.Close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := conn.Read(buffer)
		if n > 0 {
			if _, err := conn.Write(bytes.ToUpper(buffer[:n])); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func connect(url, ca string) error {
	pem, err := os.ReadFile(ca)
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	client := h2conn.Client{
		// An empty method sends GET, whatever its documentation says.
		Method: http.MethodPut,
		Client: &http.Client{Transport: &http2.Transport{
			TLSClientConfig: &tls.Config{RootCAs: pool},
		}},
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	outcome := map[string]string{"name": "interleaved JSON", "result": "ok"}
	if err := talk(ctx, client, url+"/ECHO"); err != nil {
		outcome["result"], outcome["detail"] = "FAIL", err.Error()
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"runtime": runtime.Version(),
		"results": []any{outcome},
	})
}

func talk(ctx context.Context, client h2conn.Client, url string) error {
	conn, response, err := client.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close()
	// The original does not look at it.
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	in, out := json.NewDecoder(conn), json.NewEncoder(conn)
	for round := range rounds {
		text := fmt.Sprintf("hello %d", round)
		if err := out.Encode(text); err != nil {
			return err
		}
		var answer string
		if err := in.Decode(&answer); err != nil {
			return err
		}
		if answer != strings.ToUpper(text) {
			return fmt.Errorf("%q came back as %q", text, answer)
		}
	}
	return nil
}
