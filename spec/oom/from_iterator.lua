return from(("a b c"):gmatch "%a"):concat()
