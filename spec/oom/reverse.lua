return json.encode(range(20):enumerate():reverse():collect())
