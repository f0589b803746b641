package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"runtime"
	"sync"
	"time"

	"golang.org/x/net/http2"
)

type result struct {
	Name   string `json:"name"`
	Result string `json:"result"`
	Detail string `json:"detail"`
}

// peer is a server under test.
type peer struct {
	url       string
	transport *http2.Transport
	client    *http.Client
	results   []result
}

func runClient(url, ca string) error {
	transport := &http2.Transport{}
	if ca == "-" {
		transport.AllowHTTP = true
		transport.DialTLSContext = func(
			ctx context.Context, network, address string, _ *tls.Config,
		) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		}
	} else {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return err
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return fmt.Errorf("no certificate in %q", ca)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool}
	}
	p := &peer{
		url:       url,
		transport: transport,
		client:    &http.Client{Transport: transport},
	}
	p.check("GET", p.get)
	p.check("interleaved, then the client ends first", p.interleaved)
	p.check("the server ends first", p.serverFirst)
	p.check("trailers both ways", p.trailers)
	for _, code := range []http2.ErrCode{
		http2.ErrCodeCancel, http2.ErrCodeInternal, http2.ErrCodeEnhanceYourCalm,
	} {
		p.check(fmt.Sprintf("the server resets with %s", code), func() (string, error) {
			return "", p.serverResets(code)
		})
	}
	p.check("the client resets with CANCEL", p.clientResets)
	for _, size := range []int{1, 20} {
		p.check(fmt.Sprintf("echo of %d MiB", size), func() (string, error) {
			return "", p.bulk(size << 20)
		})
	}
	p.check("200 streams at once", p.manyStreams)
	p.check("the client's PING is answered", p.ping)
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"runtime": runtime.Version(),
		"results": p.results,
	})
}

func (p *peer) check(name string, run func() (string, error)) {
	type outcome struct {
		detail string
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		detail, err := run()
		done <- outcome{detail, err}
	}()
	select {
	case o := <-done:
		if o.err != nil {
			p.results = append(p.results, result{name, "FAIL", o.err.Error()})
		} else {
			p.results = append(p.results, result{name, "ok", o.detail})
		}
	case <-time.After(30 * time.Second):
		p.results = append(p.results, result{name, "FAIL", "not done within 30 s"})
	}
}

// exchange is one request whose body is written while the response is read.
type exchange struct {
	response *http.Response
	body     *io.PipeWriter
}

func (p *peer) open(
	ctx context.Context, method, path string, trailer http.Header,
) (*exchange, error) {
	reader, writer := io.Pipe()
	request, err := http.NewRequestWithContext(ctx, method, p.url+path, reader)
	if err != nil {
		return nil, err
	}
	request.Trailer = trailer
	response, err := p.client.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", response.StatusCode)
	}
	return &exchange{response, writer}, nil
}

func (e *exchange) talk(name string, rounds int) error {
	for round := range rounds {
		line := fmt.Appendf(nil, "hello %d of %s\n", round, name)
		if _, err := e.body.Write(line); err != nil {
			return err
		}
		answer := make([]byte, len(line))
		if _, err := io.ReadFull(e.response.Body, answer); err != nil {
			return err
		}
		if !bytes.Equal(answer, bytes.ToUpper(line)) {
			return fmt.Errorf("%q came back as %q", line, answer)
		}
	}
	return nil
}

func (e *exchange) finish(want string) error {
	if err := e.body.Close(); err != nil {
		return err
	}
	rest, err := io.ReadAll(e.response.Body)
	if err != nil {
		return err
	}
	if string(rest) != want {
		return fmt.Errorf("%q at the end, not %q", rest, want)
	}
	return nil
}

func (p *peer) text(path string) (string, error) {
	response, err := p.client.Get(p.url + path)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return string(text), err
}

func (p *peer) seenAs(id string) (string, error) {
	for range 50 {
		end, err := p.text("/seen?id=" + id)
		if err != nil || end != "open" {
			return end, err
		}
		time.Sleep(50 * time.Millisecond)
	}
	return "open", nil
}

func (p *peer) get() (string, error) {
	text, err := p.text("/")
	if err == nil && text != "Hello\n" {
		err = fmt.Errorf("%q", text)
	}
	return "", err
}

func (p *peer) interleaved() (string, error) {
	e, err := p.open(context.Background(), "PUT", "/ECHO", nil)
	if err != nil {
		return "", err
	}
	if err := e.talk("one", 100); err != nil {
		return "", err
	}
	if _, err := e.body.Write([]byte("last")); err != nil {
		return "", err
	}
	return "", e.finish("LAST")
}

func (p *peer) serverFirst() (string, error) {
	e, err := p.open(context.Background(), "POST", "/first?id=go-first", nil)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(e.response.Body)
	if err != nil {
		return "", err
	}
	if string(text) != "bye" {
		return "", fmt.Errorf("%q", text)
	}
	rest := randomBytes(200_000)
	if _, err := e.body.Write(rest); err != nil {
		return "", err
	}
	if err := e.body.Close(); err != nil {
		return "", err
	}
	want := fmt.Sprintf("bytes=%d, CRC32=%x", len(rest), crc32.ChecksumIEEE(rest))
	end, err := p.seenAs("go-first")
	if err == nil && end != want {
		err = fmt.Errorf("the server saw %q", end)
	}
	return "", err
}

func (p *peer) trailers() (string, error) {
	trailer := http.Header{"X-Client": nil}
	e, err := p.open(context.Background(), "POST", "/echo", trailer)
	if err != nil {
		return "", err
	}
	if _, err := e.body.Write([]byte("12345")); err != nil {
		return "", err
	}
	trailer.Set("X-Client", "tail")
	if err := e.finish("12345"); err != nil {
		return "", err
	}
	got := e.response.Trailer
	if got.Get("X-Bytes") != "5" || got.Get("X-Client-Echo") != "tail" {
		return "", fmt.Errorf("trailers are %v", got)
	}
	return "", nil
}

func (p *peer) serverResets(code http2.ErrCode) error {
	e, err := p.open(context.Background(), "POST", "/reset?code="+code.String(), nil)
	if err != nil {
		return err
	}
	if _, err := e.body.Write([]byte("go")); err != nil {
		return err
	}
	_, err = io.ReadAll(e.response.Body)
	var reset http2.StreamError
	if !errors.As(err, &reset) || reset.Code != code {
		return fmt.Errorf("read gave %v", err)
	}
	return nil
}

// clientResets closes the response's body: to cancel the context alone sends
// nothing while the request's body waits for bytes.
func (p *peer) clientResets() (string, error) {
	e, err := p.open(context.Background(), "POST", "/sink?id=go-cancel", nil)
	if err != nil {
		return "", err
	}
	if _, err := e.body.Write([]byte("go")); err != nil {
		return "", err
	}
	if err := e.response.Body.Close(); err != nil {
		return "", err
	}
	end, err := p.seenAs("go-cancel")
	if err == nil && end != "reset CANCEL" {
		err = fmt.Errorf("the server saw %q", end)
	}
	return "", err
}

func randomBytes(size int) []byte {
	all := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(all)
	return all
}

func (p *peer) bulk(size int) error {
	e, err := p.open(context.Background(), "POST", "/echo", nil)
	if err != nil {
		return err
	}
	sent := randomBytes(size)
	go func() {
		_, _ = e.body.Write(sent)
		e.body.Close()
	}()
	received, err := io.ReadAll(e.response.Body)
	if err == nil && !bytes.Equal(sent, received) {
		err = fmt.Errorf("%d bytes came back, not equal", len(received))
	}
	return err
}

func (p *peer) manyStreams() (string, error) {
	var group sync.WaitGroup
	failures := make(chan error, 200)
	for index := range 200 {
		group.Add(1)
		go func() {
			defer group.Done()
			e, err := p.open(context.Background(), "PUT", "/ECHO", nil)
			if err == nil {
				err = e.talk(fmt.Sprint(index), 5)
			}
			if err == nil {
				err = e.finish("")
			}
			if err != nil {
				failures <- err
			}
		}()
	}
	group.Wait()
	close(failures)
	return "", <-failures
}

func (p *peer) ping() (string, error) {
	address := p.url[len("http://"):]
	if p.transport.TLSClientConfig != nil {
		address = p.url[len("https://"):]
	}
	var conn net.Conn
	var err error
	if config := p.transport.TLSClientConfig; config != nil {
		config = config.Clone()
		config.NextProtos = []string{"h2"}
		conn, err = tls.Dial("tcp", address, config)
	} else {
		conn, err = net.Dial("tcp", address)
	}
	if err != nil {
		return "", err
	}
	session, err := p.transport.NewClientConn(conn)
	if err != nil {
		return "", err
	}
	defer session.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return "", session.Ping(ctx)
}
