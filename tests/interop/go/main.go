// Command interop is Go's HTTP/2 (golang.org/x/net/http2) as a server and as a
// client for the interop checks:
//
//	interop server tls|h2c <folder with ca.pem, cert.pem and key.pem>
//	interop client <url> <ca.pem or ->
//
// It speaks as the TypeScript peers in the folder above do: a server prints its
// URL as one line of JSON, a client its results.
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) == 4 {
		switch os.Args[1] {
		case "server":
			exitOn(serve(os.Args[2], os.Args[3]))
			return
		case "client":
			exitOn(runClient(os.Args[2], os.Args[3]))
			return
		}
	}
	fmt.Fprintln(os.Stderr, "usage: interop server|client ...")
	os.Exit(2)
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
