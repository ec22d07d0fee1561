return json.encode(range(20):enumerate():shuffle(5):collect()) .. range(20):shuffle():concat " "
