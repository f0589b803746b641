module github.com/h2conn/h2conn/tests/interop/go/h2conn

go 1.24
