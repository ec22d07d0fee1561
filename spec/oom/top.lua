local pairs = range(40):enumerate():top(5, desc "_1", "_2")
return json.encode(pairs:collect())
  .. range(40):top(3):concat(" ") .. from({ "b", "c" }):top(1):first()
