// SPDX-License-Identifier: Apache-2.0

// A program with a cookie jar that follows redirects: walker URL CERTIFICATE KEY h1|h2.
package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"strings"
)

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func dial(ctx context.Context, network, address string) (net.Conn, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	return (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
}

func main() {
	pair, err := tls.LoadX509KeyPair(os.Args[2], os.Args[3])
	fail(err)
	jar, err := cookiejar.New(nil)
	fail(err)
	transport := &http.Transport{
		DialContext:       dial,
		ForceAttemptHTTP2: os.Args[4] == "h2",
		TLSClientConfig: &tls.Config{
			InsecureSkipVerify: true, // what servers show is not what is tried here
			Certificates:       []tls.Certificate{pair},
		},
	}
	client := &http.Client{Jar: jar, Transport: transport}
	for i := 0; i < 2; i++ {
		answer, err := client.Get(os.Args[1])
		fail(err)
		body, err := io.ReadAll(answer.Body)
		fail(err)
		answer.Body.Close()
		fmt.Println(answer.StatusCode, strings.ReplaceAll(string(body), "\n", " "))
	}
}
