return chain(range(2), { 5, 6 }, once(7)):sum()
