return json.encode(range(50):enumerate():sample(20):collect())
