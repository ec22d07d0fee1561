return duplicate("x", 4):concat()
