module example.com/my-reader

go 1.21
